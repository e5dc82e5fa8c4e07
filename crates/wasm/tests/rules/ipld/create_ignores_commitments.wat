;; Commitments to sectors and pieces look like links, but name no blocks.
(data (i32.const 0x600) "\d8\2a\58\28\00\01\81\e2\03\92\20\20\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07\07")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 44)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; gas 826301
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 308
;;   OnSyscall 28000
;;   OnScanIpldLinks 435
;;   OnBlockCreate 480
;;   OnChainReturnValue 5200
