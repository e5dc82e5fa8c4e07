;; An actor that goes gives its funds to another, and gets back what its entry took.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (global.get $subject) (global.get $subject.len)))
  (call $outcome (call $self.self_destruct (global.get $bob) (global.get $bob.len)))
  (call $answer))
;; ---
;; exit 0
;; answer 0b0000ee000000ee of codec 0x71
;; f0100: sequence 1
;; f0101: +50 atto
;; f0200: deleted
;; gas 94859
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 456
;;   OnSyscall 42000
;;   OnBlockCreate 84
;;   OnChainReturnValue 10400
