;; Growing a table.
;; @bare
(module (memory (export "memory") 1) (table $t 1 funcref) (elem declare func $f) (func $f) (func (export "invoke") (param i32) (result i32) (table.grow $t (ref.func $f) (i32.const 100000))))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
