;; Without parameters there is no block.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (local.get $params))
  (call $answer))
;; ---
;; exit 0
;; answer 0
;; f0100: sequence 1
;; gas 811346
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 228
;;   OnSyscall 14000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
