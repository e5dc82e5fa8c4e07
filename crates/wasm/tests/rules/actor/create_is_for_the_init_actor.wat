;; Nobody else may create actors.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x600) (i32.const 0) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer Forbidden
;; f0100: sequence 1
;; gas 839446
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 328
;;   OnSyscall 42000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
