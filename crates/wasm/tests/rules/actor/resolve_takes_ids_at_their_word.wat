;; An id resolves to itself, whether or not anybody has it.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.resolve_address (i32.const 0) (global.get $nobody) (global.get $nobody.len)))
  (call $note64 (i64.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 9999 0
;; f0100: sequence 1
;; gas 836146
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 548
;;   OnSyscall 28000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
