;; The call stack has 1,024 frames; the call beyond is refused. Each call asks itself again and
;; counts.
;; @gas 9000000000
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $subject) (global.get $subject.len) (i64.const 2) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  (if (i32.eqz (i32.and (i32.load (i32.const 0x8000)) (i32.const 0xff)))
    (then
      (drop (call $ipld.block_read (i32.const 0x20) (i32.load (i32.const 4)) (i32.const 0) (i32.const 0x8000) (i32.const 4)))
      (i32.store (i32.const 0x8000) (i32.add (i32.load (i32.const 0x8000)) (i32.const 1))))
    (else
      (i32.store (i32.const 0x8000) (i32.const 0x1000000))))
  (call $answer))
;; ---
;; exit 0
;; answer 16778239
;; f0100: sequence 1
;; gas 147789662
;;   OnChainMessage 690663
;;   OnMethodInvocation 76800000
;;   wasm_memory_init 26843545.600
;;   wasm_exec 413656
;;   OnSyscall 42994000
;;   OnBlockCreate 40960
;;   OnBlockRead 1636.800
;;   OnChainReturnValue 5200
