;; Each actor created gives the next one another address.
;; @to 1
;; @privileged
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (drop (call $actor.next_actor_address (i32.const 0) (i32.const 0x700) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (drop (call $actor.next_actor_address (i32.const 0) (i32.const 0x800) (i32.const 64)))
  (call $note (i64.eq (i64.load (i32.const 0x704)) (i64.load (i32.const 0x804))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0
;; f0100: sequence 1
;; f01000: created with 0 atto
;; gas 2497818
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 460
;;   OnSyscall 70000
;;   OnActorLookup 500000
;;   OnCreateActor 650000
;;   OnActorUpdate 475000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
