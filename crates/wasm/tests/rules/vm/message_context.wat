;; Origin, sequence, caller, receiver, method, value, premium and flags.
;; @method 77
;; @value 6
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $vm.message_context (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 8)))
  (call $note64 (i64.load (i32.const 16)))
  (call $note64 (i64.load (i32.const 24)))
  (call $note64 (i64.load (i32.const 32)))
  (call $note64 (i64.load (i32.const 40)))
  (call $note64 (i64.load (i32.const 56)))
  (call $note64 (i64.load (i32.const 72)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 100 0 0 0 100 0 200 0 77 0 6 0 0 0 0 0
;; f0100: sequence 1, -6 atto
;; f0200: +6 atto
;; gas 1392206
;;   OnChainMessage 690663
;;   OnValueTransfer 6000
;;   OnActorUpdate 475000
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 2248
;;   OnSyscall 28000
;;   OnBlockCreate 680
;;   OnChainReturnValue 88400
