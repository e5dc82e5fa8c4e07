;; An answer to the chain costs 1,300 gas a byte.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 100)))
  (return (i32.const 1))
  (call $answer))
;; ---
;; exit 0
;; answer 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
;; f0100: sequence 1
;; gas 936958
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 80
;;   OnSyscall 14000
;;   OnBlockCreate 1000
;;   OnChainReturnValue 130000
