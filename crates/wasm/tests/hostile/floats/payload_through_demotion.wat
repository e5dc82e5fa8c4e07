;; In either direction.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.reinterpret_f32 (f32.demote_f64 (f64.reinterpret_i64 (i64.const 0xfff7777777777777)))))
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
