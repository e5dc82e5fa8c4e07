;; Every frame of a deep call traps after its callee has.
;; @gas 9000000000
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $send.send (i32.const 0) (global.get $subject) (global.get $subject.len) (i64.const 2) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0)))
  unreachable
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 118821761
;;   OnChainMessage 690663
;;   OnMethodInvocation 76800000
;;   wasm_memory_init 26843545.600
;;   wasm_exec 151552
;;   OnSyscall 14336000
