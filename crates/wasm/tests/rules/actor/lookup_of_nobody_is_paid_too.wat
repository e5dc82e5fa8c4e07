;; Not finding anybody is as much work, but only the first time.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.balance_of (i32.const 0) (i64.const 9999)))
  (call $outcome (call $actor.balance_of (i32.const 0) (i64.const 9999)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound
;; f0100: sequence 1
;; gas 1344814
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 456
;;   OnSyscall 42000
;;   OnActorLookup 500000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
