;; Only BLAKE2b-256 of the three codecs names blocks; a link to anything else is one to nothing.
;; SHA2-256 first, then a DAG-PB block.
(data (i32.const 0x600) "\d8\2a\58\25\00\01\71\12\20\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 41)))
  (i32.store8 (i32.const 0x606) (i32.const 0x70))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 41)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound
;; f0100: sequence 1
;; gas 845712
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 484
;;   OnSyscall 42000
;;   OnScanIpldLinks 870
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
