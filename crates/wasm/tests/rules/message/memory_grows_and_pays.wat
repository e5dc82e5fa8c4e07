;; 0.4 gas a byte, also where growing fails.
;; @gas 10000000000
(func (export "invoke") (param $params i32) (result i32)
  (call $note (memory.grow (i32.const 1)))
  (call $note (memory.grow (i32.const 10000)))
  (call $note (memory.size))
  (call $answer))
;; ---
;; exit 0
;; answer 1 4294967295 2
;; f0100: sequence 1
;; gas 262992216
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 404
;;   wasm_memory_grow 262170214.400
;;   OnSyscall 14000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
