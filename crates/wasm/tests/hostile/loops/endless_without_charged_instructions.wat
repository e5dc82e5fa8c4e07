;; A loop of instructions that are free runs out of gas by its jump.
;; @gas 100000000
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (loop (block (nop) (br 1))) unreachable))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 100000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 99208124
