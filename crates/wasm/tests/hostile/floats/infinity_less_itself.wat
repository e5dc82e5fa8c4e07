;; Another way to a NaN.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.reinterpret_f32 (f32.sub (f32.const inf) (f32.const inf))))
  (call $answer))
;; ---
;; exit 0
;; answer 2143289344
;; f0100: sequence 1
;; gas 811358
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 240
;;   OnSyscall 14000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
