;; The stack ends before the gas does: exit code 4.
(func $again (call $again))
(func (export "invoke") (param $params i32) (result i32)
  (call $again)
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 845182
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 53304
