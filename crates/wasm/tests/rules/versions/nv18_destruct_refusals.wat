;; The beneficiary must exist, and must not be the actor itself.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (global.get $subject) (global.get $subject.len)))
  (call $outcome (call $self.self_destruct (global.get $nobody_f2) (global.get $nobody_f2.len)))
  (call $outcome (call $self.self_destruct (i32.const 0x600) (i32.const 3)))
  (call $answer))
;; ---
;; exit 0
;; answer Forbidden NotFound IllegalArgument
;; f0100: sequence 1
;; gas 864210
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 612
;;   OnSyscall 56000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
