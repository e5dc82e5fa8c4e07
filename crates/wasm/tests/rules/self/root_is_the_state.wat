;; The CID of the state, of 38 bytes.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.root (i32.const 0) (i32.const 0x600) (i32.const 38)))
  (call $note (i32.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 0x600)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 38 3835719937 101130242
;; f0100: sequence 1
;; gas 841774
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 636
;;   OnSyscall 28000
;;   OnActorGetRoot 300
;;   OnBlockCreate 160
;;   OnChainReturnValue 20800
