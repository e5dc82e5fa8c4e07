;; Zero is a success, with the block as the answer.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x51) (i32.const 0x600) (i32.const 3)))
  (drop (call $vm.exit (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer 000000 of codec 0x51
;; f0100: sequence 1
;; gas 823956
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 148
;;   OnSyscall 28000
;;   OnBlockCreate 30
;;   OnChainReturnValue 3900
