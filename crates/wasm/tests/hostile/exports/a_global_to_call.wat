;; An entry point that is no function.
;; @bare
(module (memory (export "memory") 1) (global (export "invoke") i32 (i32.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
