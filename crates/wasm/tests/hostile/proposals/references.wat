;; References as values.
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (ref.is_null (ref.null func))))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
