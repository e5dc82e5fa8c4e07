;; More pages than there can be cost more gas than there can be.
;; @gas 9000000000
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (memory.grow (i32.sub (local.get 0) (i32.const 1)))))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 9000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 112589990658120
