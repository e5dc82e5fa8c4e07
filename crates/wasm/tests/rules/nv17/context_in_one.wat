;; The message and the tipset come together: value, caller, receiver, method, epoch, version.
;; @nv 17
;; @value 5
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $vm.context (i32.const 0x7000)))
  (call $note64 (i64.load (i32.const 0x7000)))
  (call $note64 (i64.load (i32.const 0x7010)))
  (call $note64 (i64.load (i32.const 0x7018)))
  (call $note64 (i64.load (i32.const 0x7020)))
  (call $note64 (i64.load (i32.const 0x7028)))
  (call $note (i32.load (i32.const 0x7030)))
  (call $outcome (call $network.base_fee (i32.const 0x7000)))
  (call $answer))
;; ---
;; exit 0
;; answer 000000ee05000000000000006400000000000000c8000000000000000200000000000000e80300000000000011000000000000ee of codec 0x71
;; f0100: sequence 1, -5 atto
;; f0200: +5 atto
;; gas 378921
;;   OnChainMessage 215663
;;   OnMethodInvocation 51356
;;   wasm_exec 1756
;;   OnSyscall 42000
;;   OnBlockCreate 546
;;   OnChainReturnValue 67600
