;; From 1; 0 is every code that is not built in.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.get_builtin_actor_type (i32.const 0) (i32.const 0x600)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $actor.get_builtin_actor_type (i32.const 0) (global.get $root_cid)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $actor.get_builtin_actor_type (i32.const 0) (i32.const 0x900)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 8 ok 0 IllegalArgument
;; f0100: sequence 1
;; gas 888886
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 808
;;   OnSyscall 70000
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
