;; What is left, in whole gas; asking costs gas too.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $gas.available (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $outcome (call $gas.available (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 999193774 0 ok 999179498 0
;; f0100: sequence 1
;; gas 866254
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 936
;;   OnSyscall 42000
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
