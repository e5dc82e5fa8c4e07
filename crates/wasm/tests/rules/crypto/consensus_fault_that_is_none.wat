;; The chain sees no fault: all zeros. Headers outside memory are refused unpaid.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.verify_consensus_fault (i32.const 0x700) (i32.const 0x600) (i32.const 1) (i32.const 0x600) (i32.const 1) (i32.const 0) (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x700)))
  (call $note64 (i64.load (i32.const 0x708)))
  (call $note (i32.load (i32.const 0x710)))
  (call $outcome (call $crypto.verify_consensus_fault (i32.const 0x700) (i32.const 0xffff) (i32.const 2) (i32.const 0x600) (i32.const 1) (i32.const 0) (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 0 0 0 0 IllegalArgument
;; f0100: sequence 1
;; gas 1388052
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1072
;;   OnSyscall 42000
;;   OnVerifyConsensusFault 516422
;;   OnBlockCreate 280
;;   OnChainReturnValue 36400
