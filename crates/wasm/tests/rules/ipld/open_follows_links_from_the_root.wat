;; From the state root an actor may follow links as far as they go. Noted: number, codec and size
;; of each block.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $note (i32.load (i32.const 8)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note (i32.load (i32.const 12)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $child_cid)))
  (call $note (i32.load (i32.const 8)))
  (call $note (i32.load (i32.const 12)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 1 113 0 44 ok 2 6
;; f0100: sequence 1
;; gas 1267651
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1068
;;   OnSyscall 56000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 375480
;;   OnScanIpldLinks 505
;;   OnBlockOpen 500
;;   OnBlockCreate 320
;;   OnChainReturnValue 41600
