;; Events have at most 255 entries; all of them are paid for before that is checked.
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
(data (i32.const 0x700) "t1d")
(data (i32.const 0x800) "abcdef")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 256) (i32.const 0x700) (i32.const 0) (i32.const 0x800) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer LimitExceeded
;; f0100: sequence 1
;; gas 1226169
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 316
;;   OnSyscall 28000
;;   OnActorEvent 400735.200
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
