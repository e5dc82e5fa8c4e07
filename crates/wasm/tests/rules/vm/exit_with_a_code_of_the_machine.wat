;; Codes below 16 are the machine's: the actor used an illegal one.
(func (export "invoke") (param $params i32) (result i32)
  (call $exit (i32.const 7))
  (call $answer))
;; ---
;; exit 9
;; f0100: sequence 1
;; gas 806062
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 184
;;   OnSyscall 14000
