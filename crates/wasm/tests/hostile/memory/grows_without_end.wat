;; Growing fails at the limit, and costs whether it fails or not.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 215542863
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 2620
;;   wasm_memory_grow 214748364.800
