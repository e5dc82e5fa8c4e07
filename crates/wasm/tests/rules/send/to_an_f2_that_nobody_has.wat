;; Actors can't be called into being by an f2 address.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $nobody_f2) (global.get $nobody_f2.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1) (i64.const -1) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound
;; f0100: sequence 1
;; gas 825446
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 328
;;   OnSyscall 28000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
