;; The init actor creates one, with an f4 address or without. It costs its storage, a lookup and an
;; update.
;; @to 1
;; @privileged
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (call $outcome (call $actor.create_actor (i64.const 1001) (i32.const 0x600) (global.get $new_f4) (global.get $new_f4.len)))
  (call $outcome (call $actor.balance_of (i32.const 0) (i64.const 1000)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok ok
;; f0100: sequence 1
;; f01000: created with 0 atto
;; f01001: created with 0 atto, f410ftgmztgmztgmztgmztgmztgmztgmztgmztdvhh6a
;; gas 4128246
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 648
;;   OnSyscall 70000
;;   OnActorLookup 1000000
;;   OnCreateActor 1300000
;;   OnActorUpdate 950000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
