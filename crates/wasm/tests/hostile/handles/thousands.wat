;; Ten thousand blocks, each paid.
(global $left (mut i32) (i32.const 0))
(func (export "invoke") (param $params i32) (result i32)
  (global.set $left (i32.const 10000))
  (loop $l
    (drop (call $ipld.block_create (i32.const 0) (i64.const 0x55) (i32.const 0x600) (i32.const 8)))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (br_if $l (global.get $left)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer 10000
;; f0100: sequence 1
;; gas 142051358
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 440240
;;   OnSyscall 140014000
;;   OnBlockCreate 800040
;;   OnChainReturnValue 5200
