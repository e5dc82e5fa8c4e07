;; The balance of an actor, in 16 bytes.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.balance_of (i32.const 0) (i64.const 201)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 8)))
  (call $outcome (call $actor.balance_of (i32.const 0) (i64.const 2)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 8)))
  (call $outcome (call $actor.balance_of (i32.const 0) (i64.const -1)))
  (call $outcome (call $actor.balance_of (i32.const 0xfff8) (i64.const 201)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 70 0 0 0 ok 2701131776 466537709 54210 0 NotFound IllegalArgument
;; f0100: sequence 1
;; gas 1926594
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1836
;;   OnSyscall 70000
;;   OnActorLookup 1000000
;;   OnBlockCreate 480
;;   OnChainReturnValue 62400
