;; Two functions that call each other.
;; @bare
(module (memory (export "memory") 1) (func $f (param i32) (call $g (local.get 0))) (func $g (param i32) (call $f (local.get 0))) (func (export "invoke") (param i32) (result i32) (call $f (local.get 0)) (i32.const 0)))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 830130
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 38252
