;; A limit beyond what is left is no limit.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const 9223372036854775807) (i64.const 0)))
      (call $note (i32.load (i32.const 0)))
      (call $note (i32.load (i32.const 4)))
      (call $note64 (i64.load (i32.const 8)))
      (call $note (i32.load (i32.const 16))))
    (else
      (call $note (i32.const 1))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 1 85 0 4
;; f0100: sequence 1
;; gas 1495796
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1224
;;   OnSyscall 70000
;;   OnActorLookup 500000
;;   OnBlockCreate 280
;;   OnChainReturnValue 31200
