;; Nothing for others; that is no refusal.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.lookup_delegated_address (i32.const 0) (i64.const 200) (i32.const 0x600) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $note (i32.load (i32.const 0x600)))
  (call $outcome (call $actor.lookup_delegated_address (i32.const 0) (i64.const 201) (i32.const 0x600) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $actor.lookup_delegated_address (i32.const 0) (i64.const 102) (i32.const 0x600) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 22 286329348 ok 0 ok 22
;; f0100: sequence 1
;; gas 1885546
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 988
;;   OnSyscall 56000
;;   OnActorLookup 1000000
;;   OnBlockCreate 280
;;   OnChainReturnValue 36400
