;; A wrong signature is an answer, -1, not a refusal; so is one of the wrong kind for the address.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 65) (global.get $new_key) (global.get $new_key.len) (i32.const 0x700) (i32.const 100)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 2) (i32.const 0x600) (i32.const 96) (global.get $bob_key) (global.get $bob_key.len) (i32.const 0x700) (i32.const 100)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 65) (global.get $bob_key) (global.get $bob_key.len) (i32.const 0x700) (i32.const 100)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $crypto.verify_signature (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 0) (global.get $new_key) (global.get $new_key.len) (i32.const 0x700) (i32.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 4294967295 ok 4294967295 ok 4294967295 ok 4294967295
;; f0100: sequence 1
;; gas 22420095
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1216
;;   OnSyscall 70000
;;   OnVerifySignature 21515081
;;   OnBlockCreate 320
;;   OnChainReturnValue 41600
