;; An event may be empty.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 0) (i32.const 0x700) (i32.const 0) (i32.const 0x800) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; event of f0200:
;; f0100: sequence 1
;; gas 828140
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 316
;;   OnSyscall 28000
;;   OnActorEvent 2706.400
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
