;; Linking hashes the block and promises to store it; from then on it can be opened by its CID.
(data (i32.const 0x600) "\80")
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0xb220) (i32.const 32) (i32.const 0x700) (i32.const 38)))
  (call $note (i32.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x700)))
  (call $outcome (call $ipld.block_open (i32.const 0) (i32.const 0x700)))
  (call $note (i32.load (i32.const 8)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 38 3835719937 2957320194 ok 2
;; f0100: sequence 1
;; gas 1577712
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 912
;;   OnSyscall 56000
;;   OnScanIpldLinks 70
;;   OnBlockCreate 250
;;   OnBlockLink 509652.400
;;   OnBlockOpenBase 187740
;;   OnBlockOpen 10
;;   OnChainReturnValue 31200
