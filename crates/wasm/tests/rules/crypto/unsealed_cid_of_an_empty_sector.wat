;; No pieces: the commitment of an empty 2 KiB sector. Noted: the length and the first digest
;; bytes.
(data (i32.const 0x600) "\80")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.compute_unsealed_sector_cid (i32.const 0) (i64.const 5) (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x707)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 39 2190638844 4195804566
;; f0100: sequence 1
;; gas 940133
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 648
;;   OnSyscall 28000
;;   OnComputeUnsealedSectorCid 98647
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
