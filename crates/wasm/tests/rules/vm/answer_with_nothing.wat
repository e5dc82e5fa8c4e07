;; Zero stands for no answer.
(func (export "invoke") (param $params i32) (result i32)
  (return (i32.const 0))
  (call $answer))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 791938
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 60
