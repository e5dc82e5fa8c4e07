;; A block opened again is another block, and is paid again.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $note (i32.load (i32.const 8)))
  (call $answer))
;; ---
;; exit 0
;; answer 2
;; f0100: sequence 1
;; gas 1230990
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 272
;;   OnSyscall 56000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 375480
;;   OnScanIpldLinks 940
;;   OnBlockOpen 880
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
