;; An element that does not exist.
;; @bare
(module (memory (export "memory") 1) (table 1 funcref) (func (export "invoke") (param i32) (result i32) (call_indirect (result i32) (i32.const 7))))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 791942
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 64
