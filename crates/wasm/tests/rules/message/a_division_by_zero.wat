;; Exit code 4.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.div_u (i32.const 1) (i32.load (i32.const 0))))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 792054
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 176
