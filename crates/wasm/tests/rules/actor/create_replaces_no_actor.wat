;; An id that is taken is forbidden, also a second time in one message.
;; @to 1
;; @privileged
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 201) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer Forbidden ok Forbidden
;; f0100: sequence 1
;; f01000: created with 0 atto
;; gas 3003254
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 656
;;   OnSyscall 70000
;;   OnActorLookup 1000000
;;   OnCreateActor 650000
;;   OnActorUpdate 475000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
