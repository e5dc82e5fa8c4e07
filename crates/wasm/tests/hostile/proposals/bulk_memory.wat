;; Passive data.
;; @bare
(module (memory (export "memory") 1) (data $d "abc") (func (export "invoke") (param i32) (result i32) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 791959
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 81.200
