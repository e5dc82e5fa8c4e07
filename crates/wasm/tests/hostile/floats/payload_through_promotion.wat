;; Nor through a change of width.
(func (export "invoke") (param $params i32) (result i32)
  (call $note64 (i64.reinterpret_f64 (f64.promote_f32 (f32.reinterpret_i32 (i32.const 0xffaaaaaa)))))
  (call $answer))
;; ---
;; exit 0
;; answer 0 2146959360
;; f0100: sequence 1
;; gas 816754
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 396
;;   OnSyscall 14000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
