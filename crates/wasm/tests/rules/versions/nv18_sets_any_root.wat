;; Up to nv20 the state may be any CID.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $self.set_root (global.get $stranger_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; f0200: root bafy2bzacec6zz5r2s6jvjpz3wmjriqj5seahlqn56mlejqluafekx7wt2tsts
;; gas 1300414
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 296
;;   OnSyscall 28000
;;   OnActorUpdate 475000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
