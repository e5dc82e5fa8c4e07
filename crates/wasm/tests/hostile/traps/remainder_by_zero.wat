;; No remainder either.
(func (export "invoke") (param $params i32) (result i32)
  (call $note64 (i64.rem_u (i64.const 1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 792050
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 172
