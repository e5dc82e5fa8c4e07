;; The one quotient that does not fit.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.div_s (i32.const 0x80000000) (i32.const -1)))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 792050
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 172
