;; What happened before a trap is undone.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $self.set_root (global.get $child_cid)))
  (drop (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 7) (i64.const -1) (i64.const 0)))
  (drop (call $event.emit_event (i32.const 0x600) (i32.const 0) (i32.const 0x700) (i32.const 0) (i32.const 0x800) (i32.const 0)))
  unreachable
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 2510190
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 356
;;   OnSyscall 70000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnActorSetRoot 300
;;   OnActorUpdate 950000
;;   OnActorLookup 500000
;;   OnValueTransfer 6000
;;   OnActorEvent 2706.400
