;; No page at all.
;; @bare
(module (memory (export "memory") 0) (func (export "invoke") (param i32) (result i32) (i32.load8_u (i32.const 0))))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 765727
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_exec 64
