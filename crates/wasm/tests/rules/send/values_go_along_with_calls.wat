;; The callee has the value while it runs.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 5) (i64.const -1) (i64.const 0)))
      (call $note (i32.load (i32.const 0)))
      (call $note (i32.load (i32.const 4)))
      (call $note64 (i64.load (i32.const 8)))
      (call $note (i32.load (i32.const 16))))
    (else
      (drop (call $self.current_balance (i32.const 0)))
      (call $note64 (i64.load (i32.const 0)))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 1 85 0 8
;; f0100: sequence 1
;; f0200: -5 atto
;; f0201: +5 atto
;; gas 2466004
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1392
;;   OnSyscall 84000
;;   OnActorLookup 500000
;;   OnValueTransfer 6000
;;   OnActorUpdate 950000
;;   OnBlockCreate 320
;;   OnChainReturnValue 31200
