;; A start function that calls itself.
;; @bare
(module (memory (export "memory") 1) (func $s (call $s)) (start $s) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 845178
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 53300
