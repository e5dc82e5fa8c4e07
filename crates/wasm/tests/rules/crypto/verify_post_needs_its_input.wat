;; Bytes that are no such thing, none at all, or bytes outside memory. Unpaid.
(data (i32.const 0x600) "\80")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.verify_post (i32.const 0) (i32.const 0x600) (i32.const 1)))
  (call $outcome (call $crypto.verify_post (i32.const 0) (i32.const 0x600) (i32.const 0)))
  (call $outcome (call $crypto.verify_post (i32.const 0) (i32.const 0xffff) (i32.const 2)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 864222
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 624
;;   OnSyscall 56000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
