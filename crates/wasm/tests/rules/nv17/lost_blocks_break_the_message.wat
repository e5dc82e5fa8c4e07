;; A block that is nowhere breaks the whole message, which then pays all its gas.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_open (i32.const 0x7000) (global.get $missing_cid)))
  (call $answer))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 172
;;   OnSyscall 14000
;;   OnBlockOpenBase 135617
