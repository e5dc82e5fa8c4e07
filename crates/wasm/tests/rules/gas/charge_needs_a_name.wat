;; Bytes that are no text, or outside memory: nothing is charged.
(data (i32.const 0x600) "\ff\ff\ff\ff")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $gas.charge (i32.const 0x600) (i32.const 4) (i64.const 12345)))
  (call $outcome (call $gas.charge (i32.const 0xffff) (i32.const 4) (i64.const 12345)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 844822
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 464
;;   OnSyscall 42000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
