;; Also not by an address that wraps around.
(func (export "invoke") (param $params i32) (result i32)
  (i64.store offset=0xffffffff (i32.const 0xffffffff) (i64.const -1))
  (call $answer))
;; ---
;; exit 4
;; f0100: sequence 1
;; gas 791998
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 120
