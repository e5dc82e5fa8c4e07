;; A new block may link only to what the actor can reach.
(func (export "invoke") (param $params i32) (result i32)
  (i32.store (i32.const 0x600) (i32.const 0x27582ad8))
  (i32.store8 (i32.const 0x604) (i32.const 0))
  (memory.copy (i32.const 0x605) (global.get $child_cid) (i32.const 38))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 43)))
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 43)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 43)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound NotFound ok
;; f0100: sequence 1
;; gas 1083862
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 719.200
;;   OnSyscall 84000
;;   OnScanIpldLinks 1775
;;   OnBlockCreate 1410
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnBlockOpen 440
;;   OnChainReturnValue 15600
