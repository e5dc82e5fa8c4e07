;; Up to nv20 what the actor holds goes to an address of its choice.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.self_destruct (global.get $bob) (global.get $bob.len)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; f0101: +50 atto
;; f0200: deleted
;; gas 2275418
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 300
;;   OnSyscall 28000
;;   OnActorLookup 500000
;;   OnActorUpdate 950000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
