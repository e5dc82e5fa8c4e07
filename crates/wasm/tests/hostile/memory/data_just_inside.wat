;; Data that just fits.
;; @bare
(module (memory (export "memory") 1) (data (i32.const 65534) "ab") (func (export "invoke") (param i32) (result i32) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 791938
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 60
