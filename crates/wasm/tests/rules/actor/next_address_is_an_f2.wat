;; 21 bytes, derived from the sender; the same until an actor is created.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.next_actor_address (i32.const 0) (i32.const 0x600) (i32.const 21)))
  (call $note (i32.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x600)))
  (call $outcome (call $actor.next_actor_address (i32.const 0) (i32.const 0x700) (i32.const 64)))
  (call $note (i64.eq (i64.load (i32.const 0x600)) (i64.load (i32.const 0x700))))
  (call $outcome (call $actor.next_actor_address (i32.const 0) (i32.const 0x600) (i32.const 20)))
  (call $outcome (call $actor.next_actor_address (i32.const 0) (i32.const 0xfff0) (i32.const 21)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 21 292198146 1282441491 ok 1 BufferTooSmall IllegalArgument
;; f0100: sequence 1
;; gas 905014
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1216
;;   OnSyscall 70000
;;   OnBlockCreate 320
;;   OnChainReturnValue 41600
