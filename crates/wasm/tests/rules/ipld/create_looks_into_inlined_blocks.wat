;; A block inlined in a CID is no link, but what it links to must be reachable.
(data (i32.const 0x600) "\d8\2a\58\30\00\01\71\00\2b")
(func (export "invoke") (param $params i32) (result i32)
  (i32.store (i32.const 0x609) (i32.const 0x27582ad8))
  (i32.store8 (i32.const 0x60d) (i32.const 0))
  (memory.copy (i32.const 0x60e) (global.get $child_cid) (i32.const 38))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 52)))
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 52)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound ok
;; f0100: sequence 1
;; gas 1064643
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 555.200
;;   OnSyscall 70000
;;   OnScanIpldLinks 2210
;;   OnBlockCreate 1120
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnBlockOpen 440
;;   OnChainReturnValue 10400
