;; A DAG-CBOR block pays 35 gas for each item in it, however small.
(data (i32.const 0x600) "\85\00\01\02\f6\40")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 6)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; gas 825696
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 308
;;   OnSyscall 28000
;;   OnScanIpldLinks 210
;;   OnBlockCreate 100
;;   OnChainReturnValue 5200
