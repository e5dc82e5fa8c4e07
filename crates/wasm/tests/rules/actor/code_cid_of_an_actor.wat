;; Two actors of the same code have the same CID.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.get_actor_code_cid (i32.const 0) (i64.const 200) (i32.const 0x600) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $actor.get_actor_code_cid (i32.const 0) (i64.const 201) (i32.const 0x700) (i32.const 64)))
  (call $note (i64.eq (i64.load (i32.const 0x618)) (i64.load (i32.const 0x718))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 38 ok 1
;; f0100: sequence 1
;; gas 1355498
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 660
;;   OnSyscall 42000
;;   OnActorLookup 500000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
