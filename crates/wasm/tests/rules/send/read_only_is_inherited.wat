;; All that a read-only call calls is read-only.
(func (export "invoke") (param $params i32) (result i32)
  (if (i64.eq (call $method) (i64.const 2))
    (then
      (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 3) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 1)))
      (call $note (i32.load (i32.const 0))))
    (else
      (if (i64.eq (call $method) (i64.const 3))
        (then
          (call $outcome (call $send.send (i32.const 0) (global.get $other) (global.get $other.len) (i64.const 4) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
          (call $exit (i32.load (i32.const 0))))
        (else
          (call $exit (i32.add (i32.const 100) (call $self.set_root (global.get $root_cid))))))))
  (call $answer))
;; ---
;; exit 0
;; answer ok 113
;; f0100: sequence 1
;; gas 1660171
;;   OnChainMessage 690663
;;   OnMethodInvocation 225000
;;   wasm_memory_init 78643.200
;;   wasm_exec 1384
;;   OnSyscall 154000
;;   OnActorLookup 500000
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
