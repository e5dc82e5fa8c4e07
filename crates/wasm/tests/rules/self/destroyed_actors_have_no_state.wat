;; Once gone, the actor still runs, but it has no state to ask for or set.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (call $outcome (call $self.self_destruct (i32.const 1)))
  (call $outcome (call $self.root (i32.const 0) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $self.set_root (global.get $root_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer ok IllegalOperation IllegalOperation
;; f099: +50 atto
;; f0100: sequence 1
;; f0200: deleted
;; gas 1354122
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 624
;;   OnSyscall 70000
;;   OnActorGetRoot 600
;;   OnActorUpdate 475000
;;   OnActorSetRoot 300
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
