;; The origin stays, caller and receiver change. A read-only call says so. The callee answers with
;; origin, caller, receiver and flags.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 1)))
      (drop (call $ipld.block_read (i32.const 0x20) (i32.load (i32.const 4)) (i32.const 0) (global.get $notes) (i32.const 32)))
      (global.set $notes (i32.add (global.get $notes) (i32.const 32))))
    (else
      (drop (call $vm.message_context (i32.const 0)))
      (call $note64 (i64.load (i32.const 0)))
      (call $note64 (i64.load (i32.const 16)))
      (call $note64 (i64.load (i32.const 24)))
      (call $note64 (i64.load (i32.const 72)))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 100 0 200 0 201 0 1 0
;; f0100: sequence 1
;; gas 1540245
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1660
;;   OnSyscall 98000
;;   OnActorLookup 500000
;;   OnBlockCreate 680
;;   OnBlockRead 12.800
;;   OnChainReturnValue 46800
