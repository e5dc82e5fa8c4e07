;; Up to nv20 the machine draws: it hashes a domain, the digest, the epoch and the entropy, at 10
;; gas a byte.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $rand.get_chain_randomness (i32.const 0) (i64.const 5) (i64.const 900) (i32.const 0x600) (i32.const 4)))
  (call $note64 (i64.load (i32.const 0)))
  (call $outcome (call $rand.get_beacon_randomness (i32.const 0) (i64.const 5) (i64.const 900) (i32.const 0x600) (i32.const 4)))
  (call $note64 (i64.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 484307871 3377259639 ok 2761661860 973056728
;; f0100: sequence 1
;; gas 909326
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 968
;;   OnSyscall 42000
;;   OnGetRandomness 43040
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
