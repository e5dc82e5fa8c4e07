;; One piece of 128 bytes in a sector of 2 KiB. Noted: the first digest bytes.
(data (i32.const 0x600) "\81\82\18\80\d8\2a\58\28\00\01\81\e2\03\92\20\20\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 5) (i32.const 0x600) (i32.const 48) (i32.const 0x700) (i32.const 64)))
  (call $note64 (i64.load (i32.const 0x707)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 27918228 3173442931
;; f0100: sequence 1
;; gas 934805
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 560
;;   OnSyscall 28000
;;   OnComputeUnsealedSectorCid 98647
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
