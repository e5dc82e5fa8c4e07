;; Without debugging, logs and artifacts do nothing, whatever they are given.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $debug.enabled (i32.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $debug.log (i32.const 0xffff) (i32.const 100)))
  (call $outcome (call $debug.store_artifact (i32.const 0xffff) (i32.const 100) (i32.const 0xffff) (i32.const 100)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 4294967295 ok ok
;; f0100: sequence 1
;; gas 869542
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 704
;;   OnSyscall 56000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
