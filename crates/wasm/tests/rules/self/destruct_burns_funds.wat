;; With its consent the funds go to the burnt funds actor.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (i32.const 1)))
  (call $outcome (call $self.current_balance (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok 0 0
;; f099: +50 atto
;; f0100: sequence 1
;; f0200: deleted
;; gas 1330530
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 692
;;   OnSyscall 42000
;;   OnActorUpdate 475000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
