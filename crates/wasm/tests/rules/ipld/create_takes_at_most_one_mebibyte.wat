;; A block has at most 2^20 bytes.
(func (export "invoke") (param $params i32) (result i32)
  (drop (memory.grow (i32.const 20)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0) (i32.const 0x100000)))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0) (i32.const 0x100001)))
  (call $answer))
;; ---
;; exit 0
;; answer ok LimitExceeded
;; f0100: sequence 1
;; gas 11854886
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 480
;;   wasm_memory_grow 524288
;;   OnSyscall 42000
;;   OnBlockCreate 10485840
;;   OnChainReturnValue 10400
