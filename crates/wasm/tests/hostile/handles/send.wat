;; Numbers of blocks that were never given out. The first is for "no block", which may be sent.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 2) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 2) (i32.const 2) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 2) (i32.const 0x7fffffff) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 2) (i32.const 0x80000000) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 2) (i32.const -1) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok InvalidHandle InvalidHandle InvalidHandle InvalidHandle
;; f0100: sequence 1
;; gas 1518516
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1144
;;   OnSyscall 98000
;;   OnBlockCreate 280
;;   OnActorLookup 500000
;;   OnChainReturnValue 26000
