;; Numbers of blocks that were never given out. The first is for "no block", which may be sent.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 0) (i64.const 0xb220) (i32.const 32) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 2) (i64.const 0xb220) (i32.const 32) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 0x7fffffff) (i64.const 0xb220) (i32.const 32) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 0x80000000) (i64.const 0xb220) (i32.const 32) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const -1) (i64.const 0xb220) (i32.const 32) (i32.const 0x600) (i32.const 64)))
  (call $answer))
;; ---
;; exit 0
;; answer InvalidHandle InvalidHandle InvalidHandle InvalidHandle InvalidHandle
;; f0100: sequence 1
;; gas 917182
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1024
;;   OnSyscall 98000
;;   OnBlockCreate 280
;;   OnChainReturnValue 26000
