;; What is read is what was written, from the offset on.
(data (i32.const 0x600) "\01\02\03\04\05\06\07\08")
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
  (drop (call $ipld.block_read (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 0x700) (i32.const 4)))
  (call $note64 (i64.load (i32.const 0x700)))
  (call $answer))
;; ---
;; exit 0
;; answer 100992003 0
;; f0100: sequence 1
;; gas 844871
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 432
;;   OnSyscall 42000
;;   OnBlockCreate 160
;;   OnBlockRead 1.600
;;   OnChainReturnValue 10400
