;; Randomness of the chain and of the beacon, paid by the epochs in between (FIP-0075).
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $rand.get_chain_randomness (i32.const 0) (i64.const 1000)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $rand.get_beacon_randomness (i32.const 0) (i64.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 3435973836 ok 3149642683
;; f0100: sequence 1
;; gas 1222870
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 632
;;   OnSyscall 42000
;;   OnGetRandomness 367400
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
