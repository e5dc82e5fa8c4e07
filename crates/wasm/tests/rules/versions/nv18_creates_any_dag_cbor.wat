;; Up to nv20 a block need not be well-formed, nor its links reachable; codecs are checked after
;; the block is paid.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (i32.store (i32.const 0x600) (i32.const 0x27582ad8))
  (i32.store8 (i32.const 0x604) (i32.const 0))
  (memory.copy (i32.const 0x605) (global.get $stranger_cid) (i32.const 38))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 43)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x602) (i32.const 1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x70) (i32.const 0x600) (i32.const 43)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok IllegalCodec
;; f0100: sequence 1
;; gas 865159
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 691.200
;;   OnSyscall 56000
;;   OnBlockCreate 990
;;   OnChainReturnValue 15600
