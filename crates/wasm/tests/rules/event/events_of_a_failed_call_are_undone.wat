;; The callee emits and fails; only the caller's events remain.
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\02\00\00\00\04\00\00\00")
(data (i32.const 0x700) "t1d")
(data (i32.const 0x800) "abcdef")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 2) (i32.const 0x800) (i32.const 4)))
  (if (i64.eq (call $method) (i64.const 2))
    (then (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0))))
    (else (call $exit (i32.const 40))))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok
;; event of f0200: "t1"=61626364 (flags 3, codec 0x55)
;; f0100: sequence 1
;; gas 1511381
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1016
;;   OnSyscall 98000
;;   OnActorEvent 8792.800
;;   OnActorLookup 500000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
