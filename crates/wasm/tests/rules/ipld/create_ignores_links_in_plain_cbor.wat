;; Plain CBOR has no links, whatever its tags say.
(func (export "invoke") (param $params i32) (result i32)
  (i32.store (i32.const 0x600) (i32.const 0x27582ad8))
  (i32.store8 (i32.const 0x604) (i32.const 0))
  (memory.copy (i32.const 0x605) (global.get $stranger_cid) (i32.const 38))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x51) (i32.const 0x600) (i32.const 43)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; gas 825911
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 363.200
;;   OnSyscall 28000
;;   OnBlockCreate 470
;;   OnChainReturnValue 5200
