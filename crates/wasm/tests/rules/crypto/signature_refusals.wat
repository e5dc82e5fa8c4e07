;; An unknown kind and an address that is none are refused unpaid; an address without a key is paid
;; for first.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 3) (i32.const 0x600) (i32.const 65) (global.get $new_key) (global.get $new_key.len) (i32.const 0x700) (i32.const 100)))
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 65) (global.get $new_key) (i32.const 3) (i32.const 0x700) (i32.const 100)))
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 65) (global.get $bob) (global.get $bob.len) (i32.const 0x700) (i32.const 100)))
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 1) (i32.const 0xfff0) (i32.const 65) (global.get $new_key) (global.get $new_key.len) (i32.const 0x700) (i32.const 100)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 2521994
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 864
;;   OnSyscall 70000
;;   OnVerifySignature 1638292
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
