;; The second change of the same actor in one message is paid already.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $self.set_root (global.get $child_cid)))
  (call $outcome (call $self.set_root (global.get $root_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok
;; f0100: sequence 1
;; gas 1537384
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 476
;;   OnSyscall 70000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnActorSetRoot 600
;;   OnActorUpdate 475000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
