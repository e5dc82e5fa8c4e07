;; The most that an instance may have. It pays before it runs.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 8192) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 215514088
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 214748364.800
;;   wasm_exec 60
