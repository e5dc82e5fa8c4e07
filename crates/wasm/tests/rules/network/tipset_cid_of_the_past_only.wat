;; The present and the future have none, nor what was before the beginning. Unpaid.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 1000) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 1001) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const -1) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 999) (i32.const 0xfff0) (i32.const 64)))
  (call $outcome (call $network.tipset_cid (i32.const 0) (i64.const 999) (i32.const 0x600) (i32.const 37)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument BufferTooSmall
;; f0100: sequence 1
;; gas 1049317
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 964
;;   OnSyscall 84000
;;   OnTipsetCid 146275
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
