;; What came with the message is there already.
;; @value 5
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.current_balance (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 8)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 55 0 0 0
;; f0100: sequence 1, -5 atto
;; f0200: +5 atto
;; gas 1327862
;;   OnChainMessage 690663
;;   OnValueTransfer 6000
;;   OnActorUpdate 475000
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 784
;;   OnSyscall 28000
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
