;; A CID that does not fit is refused after the block has been paid and linked; a buffer outside
;; memory before.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0xb220) (i32.const 32) (i32.const 0x700) (i32.const 37)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0xb220) (i32.const 32) (i32.const 0xfff0) (i32.const 38)))
  (call $answer))
;; ---
;; exit 0
;; answer BufferTooSmall IllegalArgument
;; f0100: sequence 1
;; gas 1368563
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 508
;;   OnSyscall 56000
;;   OnScanIpldLinks 35
;;   OnBlockCreate 90
;;   OnBlockLink 509652.400
;;   OnChainReturnValue 10400
