;; Not even the state root is reachable before the actor has asked for it (FIP-0071).
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound
;; f0100: sequence 1
;; gas 1013158
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 300
;;   OnSyscall 28000
;;   OnBlockOpenBase 187740
;;   OnBlockCreate 40
;;   OnChainReturnValue 5200
