;; Five FIL, in attoFIL.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $network.total_fil_circ_supply (i32.const 0)))
  (call $note64 (i64.load (i32.const 0)))
  (call $note64 (i64.load (i32.const 8)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 1156841472 1164153218 0 0
;; f0100: sequence 1
;; gas 846862
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 784
;;   OnSyscall 28000
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
