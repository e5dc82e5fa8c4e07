;; A callee that uses a code of the machine's has exit code 9.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
      (call $note (i32.load (i32.const 0)))
      (call $note (i32.load (i32.const 4)))
      (call $note64 (i64.load (i32.const 8)))
      (call $note (i32.load (i32.const 16))))
    (else
      (call $exit (i32.const 1))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 9 0 0 0 0
;; f0100: sequence 1
;; gas 1495712
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1180
;;   OnSyscall 70000
;;   OnActorLookup 500000
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
