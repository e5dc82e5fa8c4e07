;; Too little of it is found out after paying; none of it before.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.root (i32.const 0) (i32.const 0x600) (i32.const 37)))
  (call $outcome (call $self.root (i32.const 0) (i32.const 0xfff0) (i32.const 38)))
  (call $outcome (call $self.root (i32.const 0xfffe) (i32.const 0x600) (i32.const 38)))
  (call $answer))
;; ---
;; exit 0
;; answer BufferTooSmall IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 864614
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 716
;;   OnSyscall 56000
;;   OnActorGetRoot 300
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
