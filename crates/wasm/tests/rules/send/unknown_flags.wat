;; Flags other than read-only are refused.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 2)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const -1)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 844870
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 512
;;   OnSyscall 42000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
