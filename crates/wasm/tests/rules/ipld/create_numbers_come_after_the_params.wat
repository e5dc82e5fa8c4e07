;; The parameters are the first block.
;; @params 83010203
(func (export "invoke") (param $params i32) (result i32)
  (call $note (local.get $params))
  (call $outcome (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 3)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer 1 ok 2
;; f0100: sequence 1
;; gas 836108
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 480
;;   OnSyscall 28000
;;   OnBlockCreate 150
;;   OnChainReturnValue 15600
