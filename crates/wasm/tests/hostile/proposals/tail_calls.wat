;; Calls that do not return.
;; @bare
(module (memory (export "memory") 1) (func $f (param i32) (result i32) (local.get 0)) (func (export "invoke") (param i32) (result i32) (return_call $f (local.get 0))))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
