;; Cut off, of an unknown protocol, empty, or outside memory.
(data (i32.const 0x600) "\09\01")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $bob_key) (i32.const 20)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (i32.const 0x600) (i32.const 2)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $bob) (i32.const 0)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (i32.const 0xffff) (i32.const 2)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 883622
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 784
;;   OnSyscall 70000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
