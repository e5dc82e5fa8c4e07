;; A block that exists, but that the actor was not given, does not exist for it.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $stranger_cid)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $missing_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound
;; f0100: sequence 1
;; gas 1234610
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 472
;;   OnSyscall 56000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 375480
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
