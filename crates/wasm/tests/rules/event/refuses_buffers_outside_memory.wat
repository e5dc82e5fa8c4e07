;; Unpaid, as is a number of entries that no memory could hold.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0xffff) (i32.const 1) (i32.const 0x700) (i32.const 0) (i32.const 0x800) (i32.const 0)))
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 0) (i32.const 0xffff) (i32.const 2) (i32.const 0x800) (i32.const 0)))
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 0) (i32.const 0x700) (i32.const 0) (i32.const 0xffff) (i32.const 2)))
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const -1) (i32.const 0x700) (i32.const 0) (i32.const 0x800) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 883670
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 832
;;   OnSyscall 70000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
