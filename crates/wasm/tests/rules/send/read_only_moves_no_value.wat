;; Value can't go along with a read-only call, not even to nobody.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1) (i64.const -1) (i64.const 1)))
  (call $outcome (call $send.send (i32.const 0) (global.get $nobody) (global.get $nobody.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1) (i64.const -1) (i64.const 1)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 1)))
  (call $answer))
;; ---
;; exit 0
;; answer ReadOnly ReadOnly ok
;; f0100: sequence 1
;; gas 1364294
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 696
;;   OnSyscall 56000
;;   OnActorLookup 500000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
