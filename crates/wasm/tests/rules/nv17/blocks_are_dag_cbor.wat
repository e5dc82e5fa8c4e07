;; Blocks have one format, and another is refused once it is paid for. Their length is not limited,
;; nor is it looked at what is in them.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_create (i32.const 0x7ff0) (i64.const 0x55) (i32.const 0) (i32.const 100)))
  (call $outcome (call $ipld.block_create (i32.const 0x7ff0) (i64.const 0x51) (i32.const 0) (i32.const 100)))
  (drop (memory.grow (i32.const 20)))
  (call $outcome (call $ipld.block_create (i32.const 0x7ff0) (i64.const 0x71) (i32.const 0) (i32.const 0x110000)))
  (call $answer))
;; ---
;; exit 0
;; answer 090000ee090000ee000000ee of codec 0x71
;; f0100: sequence 1
;; gas 12012165
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 644
;;   OnSyscall 56000
;;   OnBlockCreate 11700402
;;   OnChainReturnValue 15600
