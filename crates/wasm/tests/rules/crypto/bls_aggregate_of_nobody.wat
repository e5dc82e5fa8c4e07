;; Nothing signed by nobody is valid, whatever the signature (FIP-0079). One pairing is paid.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const 0) (i32.const 0x600) (i32.const 0) (i32.const 0) (i32.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0
;; f0100: sequence 1
;; gas 9130064
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 404
;;   OnSyscall 28000
;;   OnVerifyBlsAggregateSignature 8299302
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
