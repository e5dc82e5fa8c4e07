;; An endless loop ends with the gas, all of which is used.
;; @gas 20000000
(func (export "invoke") (param $params i32) (result i32)
  (loop $l (br $l))
  (call $answer))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 20000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 19208124
