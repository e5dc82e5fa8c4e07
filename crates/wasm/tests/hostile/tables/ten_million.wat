;; More elements than a table may have.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 1) (table 10000000 funcref) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 9000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
