;; There is nobody to receive it.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $nobody) (global.get $nobody.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1) (i64.const -1) (i64.const 0)))
  (call $outcome (call $send.send (i32.const 0) (global.get $nobody) (global.get $nobody.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound
;; f0100: sequence 1
;; gas 1844870
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 512
;;   OnSyscall 42000
;;   OnActorLookup 1000000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
