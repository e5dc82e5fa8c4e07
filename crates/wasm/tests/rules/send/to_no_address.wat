;; Bytes that are no address, or outside memory.
(data (i32.const 0x600) "\09\09\09")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (i32.const 0x600) (i32.const 3) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (i32.const 0xffff) (i32.const 3) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0xfff0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 864386
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 788
;;   OnSyscall 56000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
