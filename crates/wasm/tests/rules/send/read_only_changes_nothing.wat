;; State, existence and code can't change in a read-only call. Noted: the outcome, the exit code,
;; and what the callee noted.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 1)))
      (call $note (i32.load (i32.const 0)))
      (drop (call $ipld.block_read (i32.const 0x20) (i32.load (i32.const 4)) (i32.const 0) (i32.const 0x30) (i32.const 8)))
      (call $note (i32.load (i32.const 0x30)))
      (call $note (i32.load (i32.const 0x34))))
    (else
      (call $outcome (call $self.set_root (global.get $root_cid)))
      (call $outcome (call $self.self_destruct (i32.const 1)))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 ReadOnly ReadOnly
;; f0100: sequence 1
;; gas 1527363
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1228
;;   OnSyscall 112000
;;   OnActorLookup 500000
;;   OnBlockCreate 240
;;   OnBlockRead 3.200
;;   OnChainReturnValue 20800
