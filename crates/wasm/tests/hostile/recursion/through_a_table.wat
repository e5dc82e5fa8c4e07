;; A function that calls itself through a table.
;; @bare
(module (memory (export "memory") 1) (type $t (func (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) $f) (func $f (export "invoke") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0))))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 826750
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 34872
