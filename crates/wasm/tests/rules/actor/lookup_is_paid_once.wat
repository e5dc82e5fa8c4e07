;; The first meeting with an actor in a message costs a lookup, later ones nothing; those that are
;; always in memory never do (FIP-0055).
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.balance_of (i32.const 0) (i64.const 101)))
  (drop (call $actor.balance_of (i32.const 0) (i64.const 101)))
  (drop (call $actor.balance_of (i32.const 0) (i64.const 102)))
  (drop (call $actor.balance_of (i32.const 0) (i64.const 99)))
  (drop (call $actor.balance_of (i32.const 0) (i64.const 1)))
  (drop (call $actor.balance_of (i32.const 0) (i64.const 200)))
  (call $answer))
;; ---
;; exit 0
;; answer 
;; f0100: sequence 1
;; gas 1890094
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 216
;;   OnSyscall 98000
;;   OnActorLookup 1000000
