;; Numbers of blocks that were never given out. The first is for "no block", which may be sent.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 0)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 2)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 0x7fffffff)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const 0x80000000)))
  (call $outcome (call $ipld.block_stat (i32.const 0) (i32.const -1)))
  (call $answer))
;; ---
;; exit 0
;; answer InvalidHandle InvalidHandle InvalidHandle InvalidHandle InvalidHandle
;; f0100: sequence 1
;; gas 917102
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 944
;;   OnSyscall 98000
;;   OnBlockCreate 280
;;   OnChainReturnValue 26000
