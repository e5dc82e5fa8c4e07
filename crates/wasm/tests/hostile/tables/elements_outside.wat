;; Elements that do not fit.
;; @bare
(module (memory (export "memory") 1) (table 1 funcref) (elem (i32.const 1) $f) (func $f) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 791878
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
