;; Any number but zero means consent, and doing it twice does no harm.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (i32.const -1)))
  (call $outcome (call $self.self_destruct (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok
;; f099: +50 atto
;; f0100: sequence 1
;; f0200: deleted
;; gas 1319806
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 448
;;   OnSyscall 42000
;;   OnActorUpdate 475000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
