;; One page above what an instance may have.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 8193) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 9000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
