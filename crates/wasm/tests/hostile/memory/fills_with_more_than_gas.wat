;; The price of a fill is the gas of a bomb.
;; @gas 100000000
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (memory.fill (i32.const 0) (i32.const 0) (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 100000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1717987002
