;; A start function that makes a syscall.
;; @bare
(module (import "debug" "enabled" (func $enabled (param i32) (result i32))) (memory (export "memory") 1) (func $s (drop (call $enabled (i32.const 0)))) (start $s) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 806058
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 180
;;   OnSyscall 14000
