;; The callee tries the numbers that its caller has.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
      (drop (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
      (call $note (i32.load (i32.const 0))))
    (else (call $exit (i32.add (i32.const 100) (call $ipld.block_stat (i32.const 0) (i32.const 1))))))
  (call $answer))
;; ---
;; exit 0
;; answer 107
;; f0100: sequence 1
;; gas 1497064
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 652
;;   OnSyscall 98000
;;   OnBlockCreate 120
;;   OnActorLookup 500000
;;   OnChainReturnValue 5200
