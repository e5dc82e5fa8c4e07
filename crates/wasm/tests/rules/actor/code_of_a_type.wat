;; Types that are none are refused; so is too little room.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 64)))
  (call $note (i32.load (i32.const 0)))
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 0) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 9) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0) (i32.const -1) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 1) (i32.const 0x600) (i32.const 37)))
  (call $outcome (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 1) (i32.const 0xfff0) (i32.const 38)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 38 IllegalArgument IllegalArgument IllegalArgument BufferTooSmall IllegalArgument
;; f0100: sequence 1
;; gas 927774
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1216
;;   OnSyscall 98000
;;   OnBlockCreate 280
;;   OnChainReturnValue 36400
