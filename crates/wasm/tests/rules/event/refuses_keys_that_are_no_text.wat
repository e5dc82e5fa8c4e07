;; Keys are UTF-8, each of them: a character may not be cut in two.
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\01\00\00\00\02\00\00\00\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\01\00\00\00\02\00\00\00")
(data (i32.const 0x700) "\ff\ff")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 2) (i32.const 0x800) (i32.const 4)))
  (i32.store16 (i32.const 0x700) (i32.const 0xa9c3))
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 2) (i32.const 0x700) (i32.const 2) (i32.const 0x800) (i32.const 4)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 855205
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 500
;;   OnSyscall 42000
;;   OnActorEvent 10347.600
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
