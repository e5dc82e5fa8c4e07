;; An epoch to come counts as further back than anybody can pay.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $rand.get_chain_randomness (i32.const 0) (i64.const 1001)))
  (call $answer))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 172
;;   OnSyscall 14000
;;   OnGetRandomness 18446744073709551.615
