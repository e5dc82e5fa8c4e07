;; And another.
(func (export "invoke") (param $params i32) (result i32)
  (call $note64 (i64.reinterpret_f64 (f64.sqrt (f64.const -1))))
  (call $answer))
;; ---
;; exit 0
;; answer 0 2146959360
;; f0100: sequence 1
;; gas 816750
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 392
;;   OnSyscall 14000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
