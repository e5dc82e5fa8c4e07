;; Nobody with this id, too little room, room outside memory.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.get_actor_code_cid (i32.const 0) (i64.const 9999) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.get_actor_code_cid (i32.const 0) (i64.const 201) (i32.const 0x600) (i32.const 37)))
  (call $outcome (call $actor.get_actor_code_cid (i32.const 0) (i64.const 201) (i32.const 0xfff0) (i32.const 38)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound BufferTooSmall IllegalArgument
;; f0100: sequence 1
;; gas 1864234
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 636
;;   OnSyscall 56000
;;   OnActorLookup 1000000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
