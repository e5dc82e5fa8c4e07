;; What the parameters link to is reachable for the callee, at 300 gas a link.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
      (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
      (i32.store (i32.const 0x600) (i32.const 0x27582ad8))
      (i32.store8 (i32.const 0x604) (i32.const 0))
      (memory.copy (i32.const 0x605) (global.get $child_cid) (i32.const 38))
      (drop (call $ipld.block_create (i32.const 0x20) (i64.const 0x71) (i32.const 0x600) (i32.const 43)))
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.load (i32.const 0x20)) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
      (call $note (i32.load (i32.const 0))))
    (else
      (call $exit (i32.add (i32.const 100) (call $ipld.block_open (i32.const 0) (global.get $child_cid))))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 100
;; f0100: sequence 1
;; gas 1908405
;;   OnChainMessage 690663
;;   OnMethodInvocation 150300
;;   wasm_memory_init 52428.800
;;   wasm_exec 883.200
;;   OnSyscall 126000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 375480
;;   OnScanIpldLinks 940
;;   OnBlockOpen 500
;;   OnBlockCreate 510
;;   OnActorLookup 500000
;;   OnChainReturnValue 10400
