;; A message that fails changes no state.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $self.set_root (global.get $child_cid)))
  (call $exit (i32.const 40))
  (call $answer))
;; ---
;; exit 40
;; f0100: sequence 1
;; gas 1512492
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 364
;;   OnSyscall 56000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnActorSetRoot 300
;;   OnActorUpdate 475000
