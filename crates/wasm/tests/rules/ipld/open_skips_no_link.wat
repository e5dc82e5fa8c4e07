;; A link further down is not reachable before the block that holds it is open.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $child_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound
;; f0100: sequence 1
;; gas 1027474
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 316
;;   OnSyscall 42000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
