;; A trap under many frames of one instance.
(func $down (param i32) (if (i32.eqz (local.get 0)) (then unreachable)) (call $down (i32.sub (local.get 0) (i32.const 1))))
(func (export "invoke") (param $params i32) (result i32)
  (call $down (i32.const 200))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 807318
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 15440
