;; Without room for all 16 bytes of the result nothing is done. The way back from this one refusal
;; does not tell the actor what gas is left, so that what it has run so far is charged once more;
;; the network's receipts contain it.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (call $outcome (call $ipld.block_open (i32.const 0xfff1) (global.get $root_cid)))
  (call $outcome (call $ipld.block_open (i32.const 0xffffffff) (global.get $root_cid)))
  (call $outcome (call $ipld.block_open (i32.const 0xfff0) (global.get $root_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument ok
;; f0100: sequence 1
;; gas 1067268
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 720
;;   OnSyscall 70000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 187740
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
