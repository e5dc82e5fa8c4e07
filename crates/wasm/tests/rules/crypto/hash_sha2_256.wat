;; SHA2-256 of "abc": its length, its first eight bytes, and its price by byte.
(data (i32.const 0x600) "abc")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.hash (i32.const 0) (i64.const 0x12) (i32.const 0x600) (i32.const 3) (i32.const 0x700) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x700)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 32 3205920954 3939434895
;; f0100: sequence 1
;; gas 841507
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 648
;;   OnSyscall 28000
;;   OnHashing 21
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
