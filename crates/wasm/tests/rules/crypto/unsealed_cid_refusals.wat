;; An unknown type of seal, pieces that are no CBOR, a buffer outside memory: unpaid. A piece that
;; fits no sector, too little room: paid.
(data (i32.const 0x600) "\80")
(data (i32.const 0x610) "\81\82\18\81\d8\2a\58\28\00\01\81\e2\03\92\20\20\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 99) (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 64)))
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 5) (i32.const 0x600) (i32.const 0) (i32.const 0x700) (i32.const 64)))
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 5) (i32.const 0x600) (i32.const 1) (i32.const 0xfff0) (i32.const 64)))
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 5) (i32.const 0x610) (i32.const 48) (i32.const 0x700) (i32.const 64)))
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 5) (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 38)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument BufferTooSmall
;; f0100: sequence 1
;; gas 1100376
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1004
;;   OnSyscall 84000
;;   OnComputeUnsealedSectorCid 197294
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
