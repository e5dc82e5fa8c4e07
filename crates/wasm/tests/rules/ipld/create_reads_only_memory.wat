;; Bytes outside memory are refused for the price of the call, also none of them.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0xffff) (i32.const 2)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const -1) (i32.const -1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x10001) (i32.const 0)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x10000) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument ok
;; f0100: sequence 1
;; gas 883638
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 800
;;   OnSyscall 70000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
