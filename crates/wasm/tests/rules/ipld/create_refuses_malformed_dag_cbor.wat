;; Cut off, indefinite, with something after it, or with a tag 42 that is no CID: each pays for the
;; items up to the fault.
(data (i32.const 0x600) "\82\00")
(data (i32.const 0x610) "\9f\ff")
(data (i32.const 0x620) "\00\00")
(data (i32.const 0x630) "\d8\2a\00")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 0)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 2)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x610) (i32.const 2)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x620) (i32.const 2)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x630) (i32.const 3)))
  (call $answer))
;; ---
;; exit 0
;; answer Serialization Serialization Serialization Serialization Serialization
;; f0100: sequence 1
;; gas 903687
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 964
;;   OnSyscall 84000
;;   OnScanIpldLinks 645
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
