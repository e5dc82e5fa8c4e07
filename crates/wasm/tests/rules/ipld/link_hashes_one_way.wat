;; Only BLAKE2b with 32 bytes names blocks; this is refused before the block is looked for.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0x12) (i32.const 32) (i32.const 0x700) (i32.const 38)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0xb220) (i32.const 31) (i32.const 0x700) (i32.const 38)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 9) (i64.const 0x12) (i32.const 32) (i32.const 0x700) (i32.const 38)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 9) (i64.const 0xb220) (i32.const 32) (i32.const 0x700) (i32.const 38)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalCid IllegalCid IllegalCid InvalidHandle
;; f0100: sequence 1
;; gas 897735
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 852
;;   OnSyscall 84000
;;   OnScanIpldLinks 35
;;   OnBlockCreate 170
;;   OnChainReturnValue 20800
