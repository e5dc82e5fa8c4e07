;; The parameters of a message are a block of CBOR, not DAG-CBOR: links from outside lead nowhere.
;; @params d82a4100
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_stat (i32.const 0) (local.get $params)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note (i32.load (i32.const 8)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 81 0 4
;; f0100: sequence 1
;; gas 841470
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 632
;;   OnSyscall 28000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
