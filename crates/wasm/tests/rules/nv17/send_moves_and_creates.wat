;; Sending pays in one sum, and brings accounts into being.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0x7000) (global.get $bob) (global.get $bob.len)
    (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 7)))
  (call $outcome (call $send.send (i32.const 0x7000) (global.get $new_key) (global.get $new_key.len)
    (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 3)))
  (call $outcome (call $send.send (i32.const 0x7000) (global.get $new_f4) (global.get $new_f4.len)
    (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 3)))
  (call $outcome (call $send.send (i32.const 0x7000) (global.get $bob) (global.get $bob.len)
    (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 1000)))
  (call $answer))
;; ---
;; exit 0
;; answer 000000ee000000ee060000ee050000ee of codec 0x71
;; f01: root bafy2bzaceaetfs6jkktqiadk2qpqlpar5g4ahnp2kxiqfiefyd655jhta3imm
;; f0100: sequence 1
;; f0101: +7 atto
;; f0200: -10 atto
;; f01000: created with 3 atto
;; gas 2211720
;;   OnChainMessage 215663
;;   OnMethodInvocation 696927
;;   wasm_exec 908
;;   OnSyscall 70000
;;   OnCreateActor 1207254
;;   OnBlockCreate 168
;;   OnChainReturnValue 20800
