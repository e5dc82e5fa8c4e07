;; A start function that ends the actor.
;; @bare
(module (import "vm" "exit" (func $exit (param i32 i32 i32 i32) (result i32))) (memory (export "memory") 1) (func $s (drop (call $exit (i32.const 33) (i32.const 0) (i32.const 0) (i32.const 0)))) (start $s) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 805950
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 72
;;   OnSyscall 14000
