;; Of a block that exists; others are refused.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x51) (i32.const 0x600) (i32.const 77)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 1)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note (i32.load (i32.const 8)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 0)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 2)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 81 0 77 InvalidHandle InvalidHandle
;; f0100: sequence 1
;; gas 895052
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 964
;;   OnSyscall 70000
;;   OnBlockCreate 1010
;;   OnChainReturnValue 31200
