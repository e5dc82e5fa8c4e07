;; An unknown function, data outside memory, a buffer outside memory. None is charged.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.hash (i32.const 0) (i64.const 0x11) (i32.const 0x600) (i32.const 3) (i32.const 0x700) (i32.const 32)))
  (call $outcome (call $crypto.hash (i32.const 0) (i64.const 0x12) (i32.const 0xffff) (i32.const 3) (i32.const 0x700) (i32.const 32)))
  (call $outcome (call $crypto.hash (i32.const 0) (i64.const 0x12) (i32.const 0x600) (i32.const 3) (i32.const 0xfff0) (i32.const 32)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 864258
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 660
;;   OnSyscall 56000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
