;; An answer that was never given out.
(func (export "invoke") (param $params i32) (result i32)
  (return (i32.const -1))
  (call $answer))
;; ---
;; exit 11
;; f0100: sequence 1
;; gas 791938
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 60
