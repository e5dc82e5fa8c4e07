;; An address that nobody has.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $nobody_f2) (global.get $nobody_f2.len)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $new_key) (global.get $new_key.len)))
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $new_f4) (global.get $new_f4.len)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound NotFound
;; f0100: sequence 1
;; gas 864222
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 624
;;   OnSyscall 56000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
