;; The same.
(func (export "invoke") (param $params i32) (result i32)
  (call $note64 (i64.reinterpret_f64 (f64.copysign (f64.reinterpret_i64 (i64.const 0x7ff7777777777777)) (f64.const -1))))
  (call $answer))
;; ---
;; exit 0
;; answer 2004318071 4294408055
;; f0100: sequence 1
;; gas 816758
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 400
;;   OnSyscall 14000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
