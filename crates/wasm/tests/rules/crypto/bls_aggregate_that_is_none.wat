;; Zeros are neither keys nor a signature: -1. Two signers pay three pairings, and plaintexts by
;; byte.
(func (export "invoke") (param $params i32) (result i32)
  (i32.store (i32.const 0x900) (i32.const 10))
  (i32.store (i32.const 0x904) (i32.const 20))
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const 2) (i32.const 0x600) (i32.const 0x700) (i32.const 0x800) (i32.const 0x900)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 4294967295
;; f0100: sequence 1
;; gas 25728902
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 428
;;   OnSyscall 28000
;;   OnVerifyBlsAggregateSignature 24898116
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
