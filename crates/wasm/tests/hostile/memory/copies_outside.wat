;; Bulk instructions check their bounds before they write, and pay before they check.
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (memory.copy (i32.const 0) (i32.const 0) (i32.const 0x20000)) (i32.const 0)))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 844383
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 52504.800
