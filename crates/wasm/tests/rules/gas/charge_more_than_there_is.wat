;; The actor runs dry.
(data (i32.const 0x600) "work")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $gas.charge (i32.const 0x600) (i32.const 4) (i64.const 0x7fffffffffffffff)))
  (call $answer))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 176
;;   OnSyscall 14000
;;   work 18446744073709551.615
