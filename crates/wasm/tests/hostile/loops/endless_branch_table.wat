;; A loop by a table of branches.
;; @gas 100000000
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (loop (br_table 0 0 0 (i32.const 7))) unreachable))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 100000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 99208128
