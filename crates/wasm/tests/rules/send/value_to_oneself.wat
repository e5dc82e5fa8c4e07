;; Value sent to oneself stays where it is.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $subject) (global.get $subject.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 7) (i64.const -1) (i64.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $note (i32.load (i32.const 4)))
  (call $note64 (i64.load (i32.const 8)))
  (call $note (i32.load (i32.const 16)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 0 0 0 0
;; f0100: sequence 1
;; gas 858154
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 836
;;   OnSyscall 28000
;;   OnValueTransfer 6000
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
