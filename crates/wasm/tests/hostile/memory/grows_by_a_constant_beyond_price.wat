;; The price of a constant is worked out when the module is metered, and this one is beyond what
;; can be charged.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (memory.grow (i32.const -1))))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 9000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
