;; An actor that deletes itself and traps is still there.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (i32.const 1)))
  unreachable
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 1281138
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 260
;;   OnSyscall 14000
;;   OnActorUpdate 475000
