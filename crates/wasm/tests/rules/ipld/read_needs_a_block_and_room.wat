;; No block, a buffer outside memory, or an end that no i32 can hold.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0x600) (i32.const 1)))
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0xffff) (i32.const 2)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 0x7fffffff) (i32.const 0x600) (i32.const 0)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 0x7fffffff) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const -1) (i32.const 0x600) (i32.const 1)))
  (call $answer))
;; ---
;; exit 0
;; answer InvalidHandle InvalidHandle InvalidHandle IllegalArgument ok IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 955978
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1340
;;   OnSyscall 126000
;;   OnBlockCreate 360
;;   OnChainReturnValue 36400
