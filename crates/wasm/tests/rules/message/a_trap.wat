;; Exit code 4.
(func (export "invoke") (param $params i32) (result i32)
  unreachable
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 791986
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 108
