;; A read-only call emits nothing; unpaid. Noted by the caller: its own outcome, the exit code, and
;; what the callee noted.
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\02\00\00\00\04\00\00\00")
(data (i32.const 0x700) "t1d")
(data (i32.const 0x800) "abcdef")
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 1)))
      (call $note (i32.load (i32.const 0)))
      (drop (call $ipld.block_read (i32.const 0x20) (i32.load (i32.const 4)) (i32.const 0) (i32.const 0x30) (i32.const 8)))
      (call $note (i32.load (i32.const 0x30)))
      (call $note (i32.load (i32.const 0x34))))
    (else
      (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 2) (i32.const 0x800) (i32.const 4)))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 ReadOnly 0
;; f0100: sequence 1
;; gas 1513190
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1096
;;   OnSyscall 98000
;;   OnActorLookup 500000
;;   OnBlockCreate 200
;;   OnBlockRead 1.600
;;   OnChainReturnValue 20800
