;; 0.4 gas a byte, on top of the instruction.
(func (export "invoke") (param $params i32) (result i32)
  (memory.fill (i32.const 0x1000) (i32.const 7) (i32.const 0x1000))
  (memory.copy (i32.const 0x2000) (i32.const 0x1000) (i32.const 0x1000))
  (call $note (i32.load (i32.const 0x2ffc)))
  (call $answer))
;; ---
;; exit 0
;; answer 117901063
;; f0100: sequence 1
;; gas 814659
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 3540.800
;;   OnSyscall 14000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
