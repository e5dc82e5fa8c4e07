;; Reading answers how many bytes lie behind the end of the buffer; less than nothing if the buffer
;; was longer. Only bytes that are copied are paid.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x100) (i32.const 1000)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0x1000) (i32.const 400)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 400) (i32.const 0x1000) (i32.const 600)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 900) (i32.const 0x1000) (i32.const 300)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 5000) (i32.const 0x1000) (i32.const 300)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0x1000) (i32.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 600 ok 0 ok 4294967096 ok 4294962996 ok 1000
;; f0100: sequence 1
;; gas 954162
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1444
;;   OnSyscall 98000
;;   OnBlockCreate 10400
;;   OnBlockRead 440
;;   OnChainReturnValue 52000
