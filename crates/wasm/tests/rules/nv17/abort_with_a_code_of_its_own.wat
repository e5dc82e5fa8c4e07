;; Any code from 16 on is the actor's. What it changed is undone.
;; @nv 17
;; @value 5
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.set_root (global.get $child_cid)))
  (call $exit (i32.const 16))
  (i32.const 0))
;; ---
;; exit 16
;; f0100: sequence 1
;; gas 295159
;;   OnChainMessage 215663
;;   OnMethodInvocation 51356
;;   wasm_exec 140
;;   OnSyscall 28000
