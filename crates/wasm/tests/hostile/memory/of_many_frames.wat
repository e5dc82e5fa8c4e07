;; Each frame takes 64 MiB; all of them together may have 2 GiB. Answered: how many frames had
;; theirs.
;; @gas 9000000000000
(func (export "invoke") (param $params i32) (result i32)
  (if (i32.eq (memory.grow (i32.const 1023)) (i32.const -1)) (then (call $exit (i32.const 77))))
  (drop (call $send.send (i32.const 0) (global.get $subject) (global.get $subject.len) (i64.const 2) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (if (i32.eqz (i32.load (i32.const 0)))
    (then (drop (call $ipld.block_read (i32.const 0x20) (i32.load (i32.const 4)) (i32.const 0) (i32.const 0x600) (i32.const 4)))))
  (call $note (i32.add (i32.load (i32.const 0x600)) (i32.const 1)))
  (call $answer))
;; ---
;; exit 0
;; answer 32
;; f0100: sequence 1
;; gas 863532847
;;   OnChainMessage 690663
;;   OnMethodInvocation 2475000
;;   wasm_memory_init 865075.200
;;   wasm_exec 10980
;;   wasm_memory_grow 858154598.400
;;   OnSyscall 1330000
;;   OnBlockCreate 1280
;;   OnBlockRead 49.600
;;   OnChainReturnValue 5200
