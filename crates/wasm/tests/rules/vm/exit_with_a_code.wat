;; An actor may end itself with a code of its own, from 16 on.
(func (export "invoke") (param $params i32) (result i32)
  (call $exit (i32.const 16))
  (call $answer))
;; ---
;; exit 16
;; f0100: sequence 1
;; gas 806062
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 184
;;   OnSyscall 14000
