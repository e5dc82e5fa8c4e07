;; The entry point is a syscall.
;; @bare
(module (import "debug" "enabled" (func $f (param i32) (result i32))) (memory (export "memory") 1) (export "invoke" (func $f)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
