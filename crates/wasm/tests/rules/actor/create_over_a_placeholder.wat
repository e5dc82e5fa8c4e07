;; A placeholder becomes the actor that its f4 address was kept for, and keeps its funds; no other
;; address will do (FIP-0048).
;; @to 1
;; @privileged
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 102) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (call $outcome (call $actor.create_actor (i64.const 102) (i32.const 0x600) (global.get $new_f4) (global.get $new_f4.len)))
  (drop (call $actor.lookup_delegated_address (i32.const 0) (i64.const 102) (i32.const 0x700) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 102) (i32.const 0x600) (i32.const 0x700) (i32.load (i32.const 0))))
  (call $answer))
;; ---
;; exit 0
;; answer Forbidden Forbidden ok
;; f0100: sequence 1
;; f0102: code
;; gas 1867278
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 680
;;   OnSyscall 84000
;;   OnActorLookup 500000
;;   OnActorUpdate 475000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
