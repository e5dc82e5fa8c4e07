;; The message's value is the actor's before it runs.
;; @value 5
(func (export "invoke") (param $params i32) (result i32)

  (call $answer))
;; ---
;; exit 0
;; answer 
;; f0100: sequence 1, -5 atto
;; f0200: +5 atto
;; gas 1287022
;;   OnChainMessage 690663
;;   OnValueTransfer 6000
;;   OnActorUpdate 475000
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 144
;;   OnSyscall 14000
