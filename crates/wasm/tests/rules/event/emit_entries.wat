;; Two entries: lengths cut keys and values out of their buffers (FIP-0072).
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\02\00\00\00\04\00\00\00\00\00\00\00\00\00\00\00\51\00\00\00\00\00\00\00\01\00\00\00\02\00\00\00")
(data (i32.const 0x700) "t1d")
(data (i32.const 0x800) "abcdef")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 2) (i32.const 0x700) (i32.const 3) (i32.const 0x800) (i32.const 6)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; event of f0200: "t1"=61626364 (flags 3, codec 0x55) "d"=6566 (flags 0, codec 0x51)
;; f0100: sequence 1
;; gas 831453
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 316
;;   OnSyscall 28000
;;   OnActorEvent 6018.800
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
