;; Neither is what is too large.
(func (export "invoke") (param $params i32) (result i32)
  (call $note64 (i64.trunc_f64_u (f64.const 1e30)))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 792046
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 168
