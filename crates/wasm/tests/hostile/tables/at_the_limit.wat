;; As many as it may have.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 1) (table (export "table") 20000 funcref) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 855938
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_table_init 64000
;;   wasm_memory_init 26214.400
;;   wasm_exec 60
