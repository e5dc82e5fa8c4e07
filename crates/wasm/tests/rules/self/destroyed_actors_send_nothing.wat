;; Once gone, there are no funds left to send.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (i32.const 1)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok InsufficientFunds ok
;; f099: +50 atto
;; f0100: sequence 1
;; f0200: deleted
;; gas 2345262
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 664
;;   OnSyscall 56000
;;   OnActorUpdate 475000
;;   OnActorLookup 1000000
;;   OnValueTransfer 6000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
