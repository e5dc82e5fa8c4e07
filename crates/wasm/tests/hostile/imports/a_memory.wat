;; Memory is the actor's own.
;; @bare
(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
