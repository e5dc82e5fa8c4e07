;; Extending signs.
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (i32.add (i32.const 1) (i32.extend8_s (i32.const 255)))))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 791950
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 72
