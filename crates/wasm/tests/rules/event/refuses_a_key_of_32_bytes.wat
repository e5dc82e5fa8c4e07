;; Keys have at most 31 bytes.
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\20\00\00\00\04\00\00\00")
(data (i32.const 0x700) "t1d")
(data (i32.const 0x800) "abcdef")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 32) (i32.const 0x800) (i32.const 4)))
  (call $answer))
;; ---
;; exit 0
;; answer LimitExceeded
;; f0100: sequence 1
;; gas 830826
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 316
;;   OnSyscall 28000
;;   OnActorEvent 5392.400
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
