;; Each address asked for is another one, whether an actor comes to it or not.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.new_actor_address (i32.const 0x7000) (i32.const 0x7100) (i32.const 20)))
  (call $outcome (call $actor.new_actor_address (i32.const 0x7000) (i32.const 0x7100) (i32.const 21)))
  (call $outcome (call $actor.new_actor_address (i32.const 0x7000) (i32.const 0x7200) (i32.const 21)))
  (call $note (i32.load (i32.const 0x7000)))
  (call $note (i64.eq (i64.load (i32.const 0x7101)) (i64.load (i32.const 0x7201))))
  (call $answer))
;; ---
;; exit 0
;; answer 0c0000ee000000ee000000ee1500000000000000 of codec 0x71
;; f0100: sequence 1
;; gas 322541
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 812
;;   OnSyscall 56000
;;   OnBlockCreate 210
;;   OnChainReturnValue 26000
