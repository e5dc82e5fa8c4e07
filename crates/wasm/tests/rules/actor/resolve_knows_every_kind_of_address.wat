;; f0, f2, f3 and f4 addresses lead to the id. Looking one up is free.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $bob) (global.get $bob.len)))
  (call $note64 (i64.load (i32.const 0)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $bob_key) (global.get $bob_key.len)))
  (call $note64 (i64.load (i32.const 0)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $other_f2) (global.get $other_f2.len)))
  (call $note64 (i64.load (i32.const 0)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $subject_f4) (global.get $subject_f4.len)))
  (call $note64 (i64.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 101 0 ok 101 0 ok 201 0 ok 200 0
;; f0100: sequence 1
;; gas 926518
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1760
;;   OnSyscall 70000
;;   OnBlockCreate 480
;;   OnChainReturnValue 62400
