;; A NaN is no integer: exit code 4.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.trunc_f32_s (f32.const nan)))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 792046
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 168
