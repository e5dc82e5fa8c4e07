;; A payload does not survive an operation.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.reinterpret_f32 (f32.add (f32.reinterpret_i32 (i32.const 0xffaaaaaa)) (f32.const 1))))
  (call $answer))
;; ---
;; exit 0
;; answer 2143289344
;; f0100: sequence 1
;; gas 811362
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 244
;;   OnSyscall 14000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
