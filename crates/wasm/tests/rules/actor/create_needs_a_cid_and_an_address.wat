;; Bytes that are no CID; an address that is none.
;; @to 1
;; @privileged
(data (i32.const 0x900) "\ff\ff\ff")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x10000) (i32.const 0) (i32.const 0)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x900) (i32.const 0) (i32.const 0)))
  (drop (call $actor.get_code_cid_for_type (i32.const 0) (i32.const 8) (i32.const 0x600) (i32.const 64)))
  (call $outcome (call $actor.create_actor (i64.const 1000) (i32.const 0x600) (i32.const 0x900) (i32.const 3)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 878254
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 656
;;   OnSyscall 70000
;;   OnBlockCreate 120
;;   OnChainReturnValue 15600
