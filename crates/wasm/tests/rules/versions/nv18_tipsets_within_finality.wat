;; Up to nv20 the parent is cheaper than older tipsets, and none is older than 899 epochs.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 999) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 998) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 101) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 100) (i32.const 0x600) (i32.const 64)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok ok IllegalArgument
;; f0100: sequence 1
;; gas 1363638
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 800
;;   OnSyscall 70000
;;   OnTipsetCid 480000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
