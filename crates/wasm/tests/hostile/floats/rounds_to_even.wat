;; Halves go to the even neighbour.
(func (export "invoke") (param $params i32) (result i32)
  (call $note (i32.reinterpret_f32 (f32.nearest (f32.const 2.5))))
  (call $answer))
;; ---
;; exit 0
;; answer 1073741824
;; f0100: sequence 1
;; gas 811354
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 236
;;   OnSyscall 14000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
