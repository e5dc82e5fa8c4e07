;; An actor may charge itself, under a name of its own.
(data (i32.const 0x600) "work")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $gas.charge (i32.const 0x600) (i32.const 4) (i64.const 12345)))
  (call $outcome (call $gas.charge (i32.const 0x600) (i32.const 0) (i64.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok
;; f0100: sequence 1
;; gas 857167
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 464
;;   OnSyscall 42000
;;   work 12345
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
