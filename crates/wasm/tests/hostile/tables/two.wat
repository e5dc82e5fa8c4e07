;; Only one table.
;; @bare
(module (memory (export "memory") 1) (table 1 funcref) (table 1 funcref) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
