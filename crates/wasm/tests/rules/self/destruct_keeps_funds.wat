;; An actor that holds funds can't go unless it agrees to burn them.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalOperation
;; f0100: sequence 1
;; gas 825414
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 296
;;   OnSyscall 28000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
