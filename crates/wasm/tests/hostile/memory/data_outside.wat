;; Data that does not fit.
;; @bare
(module (memory (export "memory") 1) (data (i32.const 65535) "ab") (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 791878
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
