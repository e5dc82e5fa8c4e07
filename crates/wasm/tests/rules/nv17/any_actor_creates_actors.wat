;; Any actor creates actors of built-in code, unless there can be only one, or the id is taken.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0x7000) (i32.const 5) (i32.const 0x7100) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x7100)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x7100)))
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0x7000) (i32.const 2) (i32.const 0x7100) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 1001) (i32.const 0x7100)))
  (call $outcome (call $actor.create_actor (i64.const 1002) (global.get $child_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer 000000ee000000ee0b0000ee000000ee0b0000ee0b0000ee of codec 0x71
;; f0100: sequence 1
;; f01000: created with 0 atto
;; gas 1577321
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 1096
;;   OnSyscall 98000
;;   OnCreateActor 1207254
;;   OnBlockCreate 252
;;   OnChainReturnValue 31200
