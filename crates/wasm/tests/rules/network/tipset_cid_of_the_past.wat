;; Paid by the epochs in between. Noted: length and start.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 999) (i32.const 0x600) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x600)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 0) (i32.const 0x600) (i32.const 64)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 38 3835719937 1856774146 ok
;; f0100: sequence 1
;; gas 1228357
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 804
;;   OnSyscall 42000
;;   OnTipsetCid 367475
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
