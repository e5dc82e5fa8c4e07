;; Anything reachable can become the state.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $self.set_root (global.get $child_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; f0200: root bafy2bzaceb7srjxr3njn6vminh4r6ijxyvuhzj76hkeufcab442zj5fdqqpb2
;; gas 1517692
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 324
;;   OnSyscall 56000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnActorSetRoot 300
;;   OnActorUpdate 475000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
