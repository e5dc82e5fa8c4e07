;; Data that goes along with a failure reaches the caller.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
      (call $note (i32.load (i32.const 0)))
      (call $note (i32.load (i32.const 4)))
      (call $note64 (i64.load (i32.const 8)))
      (call $note (i32.load (i32.const 16))))
    (else
      (drop (call $ipld.block_create (i32.const 0) (i64.const 0x51) (i32.const 0x600) (i32.const 30)))
      (drop (call $vm.exit (i32.const 40) (i32.const 1) (i32.const 0) (i32.const 0)))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 40 1 81 0 30
;; f0100: sequence 1
;; gas 1509976
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 1144
;;   OnSyscall 84000
;;   OnActorLookup 500000
;;   OnBlockCreate 540
;;   OnChainReturnValue 31200
