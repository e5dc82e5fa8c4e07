;; A function that calls itself.
;; @bare
(module (memory (export "memory") 1) (func $f (export "invoke") (param i32) (result i32) (call $f (local.get 0))))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 830126
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 38248
