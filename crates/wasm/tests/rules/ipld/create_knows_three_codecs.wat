;; Raw, CBOR and DAG-CBOR; of these only DAG-CBOR must be well-formed.
(data (i32.const 0x600) "\ff")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x51) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x70) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const -1) (i32.const 0x600) (i32.const 1)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok Serialization IllegalCodec IllegalCodec IllegalCodec
;; f0100: sequence 1
;; gas 922501
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1128
;;   OnSyscall 98000
;;   OnScanIpldLinks 35
;;   OnBlockCreate 260
;;   OnChainReturnValue 31200
