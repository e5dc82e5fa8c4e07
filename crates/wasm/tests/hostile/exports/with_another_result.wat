;; An entry point that returns 64 bits.
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i64) (i64.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
