;; State, value and what the callee itself sent are as before; only gas is gone.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 5) (i64.const -1) (i64.const 0)))
      (call $note (i32.load (i32.const 0)))
      (call $note (i32.load (i32.const 4)))
      (call $note64 (i64.load (i32.const 8)))
      (call $note (i32.load (i32.const 16))))
    (else
      (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
      (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
      (drop (call $self.set_root (global.get $child_cid)))
      (call $outcome (call $send.send (i32.const 0) (global.get $bob) (global.get $bob.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 9) (i64.const -1) (i64.const 0)))
      (call $exit (i32.const 40))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 40 0 0 0 0
;; f0100: sequence 1
;; gas 3678182
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1400
;;   OnSyscall 126000
;;   OnActorLookup 1000000
;;   OnValueTransfer 12000
;;   OnActorUpdate 1425000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnActorSetRoot 300
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
