;; The gas is gone before there is any memory.
;; @gas 100000000
;; @bare
(module (memory (export "memory") 8192) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 100000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 214748364.800
