;; No seals, no verdicts; bytes that are no list, or outside memory, are refused.
(data (i32.const 0x600) "\80\00")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.batch_verify_seals (i32.const 0x600) (i32.const 1) (i32.const 0x700)))
  (call $outcome (call $crypto.batch_verify_seals (i32.const 0x601) (i32.const 1) (i32.const 0x700)))
  (call $outcome (call $crypto.batch_verify_seals (i32.const 0xffff) (i32.const 2) (i32.const 0x700)))
  (call $outcome (call $crypto.batch_verify_seals (i32.const 0x600) (i32.const 1) (i32.const 0x10001)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 883622
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 784
;;   OnSyscall 70000
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
