;; A maximum of its own binds first.
;; @bare
(module (memory (export "memory") 1 2) (func (export "invoke") (param i32) (result i32) (drop (memory.grow (i32.const 1))) (i32.add (i32.const 1) (memory.grow (i32.const 1)))))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 844387
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 26294.400
;;   wasm_memory_grow 26214.400
