;; Strangers, blocks that are nowhere, and bytes that are no CID.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.set_root (global.get $root_cid)))
  (call $outcome (call $self.set_root (global.get $stranger_cid)))
  (call $outcome (call $self.set_root (global.get $missing_cid)))
  (call $outcome (call $self.set_root (i32.const 0x600)))
  (call $outcome (call $self.set_root (i32.const 0x10000)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound NotFound IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 903882
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 904
;;   OnSyscall 84000
;;   OnActorSetRoot 900
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
