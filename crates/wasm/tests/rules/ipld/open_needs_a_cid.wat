;; An address outside memory, or bytes that are no CID, are refused for the price of the call.
(data (i32.const 0x600) "\ff\ff\ff")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_open (i32.const 0) (i32.const 0x10000)))
  (call $outcome (call $ipld.block_open (i32.const 0) (i32.const -1)))
  (call $outcome (call $ipld.block_open (i32.const 0) (i32.const 0xfffe)))
  (call $outcome (call $ipld.block_open (i32.const 0) (i32.const 0x600)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 883606
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 768
;;   OnSyscall 70000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
