;; Up to nv20 an event is one block of CBOR: paid once to decode it, and once more to keep it.
;; @nv 18
(data (i32.const 0x600) "\81\84\03\62t1\18\55\43abc")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 12)))
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 11)))
  (call $outcome (call $event.emit_event (i32.const 0xffff) (i32.const 12)))
  (call $answer))
;; ---
;; exit 0
;; answer ok IllegalArgument IllegalArgument
;; event of f0200: "t1"=616263 (flags 3, codec 0x55)
;; f0100: sequence 1
;; gas 868705
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 612
;;   OnSyscall 56000
;;   OnActorEventValidate 4130.200
;;   OnActorEventAccept 364.800
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
