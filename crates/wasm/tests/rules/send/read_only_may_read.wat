;; Reading is free to all, and blocks may be created and linked.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 1)))
      (call $note (i32.load (i32.const 0)))
      (drop (call $ipld.block_read (i32.const 0x20) (i32.load (i32.const 4)) (i32.const 0) (i32.const 0x30) (i32.const 8)))
      (call $note (i32.load (i32.const 0x30)))
      (call $note (i32.load (i32.const 0x34))))
    (else
      (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
      (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
      (call $outcome (call $ipld.block_open (i32.const 0) (global.get $child_cid)))
      (drop (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 1)))
      (call $outcome (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0xb220) (i32.const 32) (i32.const 0x700) (i32.const 38)))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 ok ok
;; f0100: sequence 1
;; gas 2600071
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1300
;;   OnSyscall 154000
;;   OnActorLookup 500000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 375480
;;   OnScanIpldLinks 540
;;   OnBlockOpen 500
;;   OnBlockCreate 250
;;   OnBlockLink 653805.600
;;   OnBlockRead 3.200
;;   OnChainReturnValue 20800
