;; More signers than keys could be, and keys, lengths, plaintexts or the signature outside memory.
;; Unpaid.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const -1) (i32.const 0x600) (i32.const 0x700) (i32.const 0x800) (i32.const 0x900)))
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const 2000) (i32.const 0x600) (i32.const 0x700) (i32.const 0x800) (i32.const 0x900)))
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const 1) (i32.const 0xfff0) (i32.const 0x700) (i32.const 0x800) (i32.const 0x900)))
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 0x700) (i32.const 0x800) (i32.const 0xfffe)))
  (i32.store (i32.const 0x900) (i32.const -1))
  (call $outcome (call $crypto.verify_bls_aggregate (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 0x700) (i32.const 0x800) (i32.const 0x900)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 903094
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1016
;;   OnSyscall 84000
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
