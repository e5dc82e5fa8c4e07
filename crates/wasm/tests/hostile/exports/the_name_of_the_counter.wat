;; An export of the name that the metering uses.
;; @bare
(module (memory (export "memory") 1) (global (export "gas_counter") (mut i64) (i64.const 1000000000)) (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 791938
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 60
