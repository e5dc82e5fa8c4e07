;; An epoch so far back that the distance can't be told is refused unpaid.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $rand.get_chain_randomness (i32.const 0) (i64.const 0x8000000000000000)))
  (call $outcome (call $rand.get_beacon_randomness (i32.const 0xfff0) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 844906
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 548
;;   OnSyscall 42000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
