;; Blocks are numbered in the order in which they come.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 3)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 1 ok 2
;; f0100: sequence 1
;; gas 855516
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 648
;;   OnSyscall 42000
;;   OnBlockCreate 190
;;   OnChainReturnValue 20800
