;; Unless it is asked to saturate.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.trunc_sat_f32_s (f32.const nan)))
  (call $note64 (i64.trunc_sat_f64_u (f64.const 1e30)))
  (call $note (i32.trunc_sat_f64_s (f64.const -1e30)))
  (call $answer))
;; ---
;; exit 0
;; answer 0 4294967295 4294967295 2147483648
;; f0100: sequence 1
;; gas 827402
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 564
;;   OnSyscall 14000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
