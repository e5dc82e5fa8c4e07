;; Both by a little and by far.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 51) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 50) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer InsufficientFunds InsufficientFunds ok
;; f0100: sequence 1
;; f0101: +50 atto
;; f0200: -50 atto
;; gas 3332294
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 696
;;   OnSyscall 56000
;;   OnActorLookup 1500000
;;   OnValueTransfer 18000
;;   OnActorUpdate 950000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
