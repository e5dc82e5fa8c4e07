;; An actor created for a transfer that fails is gone again.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $new_key) (global.get $new_key.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 51) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer InsufficientFunds
;; f0100: sequence 1
;; gas 4607720
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 388
;;   OnSyscall 28000
;;   OnCreateActor 2700000
;;   OnActorLookup 500000
;;   OnActorUpdate 475000
;;   OnValueTransfer 6000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
