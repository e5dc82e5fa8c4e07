;; Epoch, time, base fee, chain id and network version.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $network.context (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 8)))
  (call $note64 (i64.load (i32.const 16)))
  (call $note64 (i64.load (i32.const 32)))
  (call $note (i32.load (i32.const 40)))
  (call $outcome (call $network.context (i32.const 0xffe0)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 1000 0 30000 0 0 0 314 0 28 IllegalArgument
;; f0100: sequence 1
;; gas 893886
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 2368
;;   OnSyscall 42000
;;   OnBlockCreate 440
;;   OnChainReturnValue 57200
