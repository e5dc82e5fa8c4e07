;; A block that does not exist can't be sent.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 1) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const -1) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer InvalidHandle InvalidHandle
;; f0100: sequence 1
;; gas 844870
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 512
;;   OnSyscall 42000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
