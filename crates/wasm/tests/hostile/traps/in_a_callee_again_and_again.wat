;; Twenty callees that trap, one after another.
(global $left (mut i32) (i32.const 0))
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.ne (call $method) (i64.const 2)) (then unreachable))
  (global.set $left (i32.const 20))
  (loop $l
    (drop (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (br_if $l (global.get $left)))
  (call $note (i32.load (i32.const 0)))
  (call $answer))
;; ---
;; exit 0
;; answer 4
;; f0100: sequence 1
;; gas 13416126
;;   OnChainMessage 690663
;;   OnMethodInvocation 1575000
;;   wasm_memory_init 550502.400
;;   wasm_exec 6720
;;   OnSyscall 588000
;;   OnActorLookup 10000000
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
