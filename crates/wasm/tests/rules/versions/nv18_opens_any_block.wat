;; Up to nv20 every block can be opened, and none is looked through for links.
;; @nv 18
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $stranger_cid)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $answer))
;; ---
;; exit 0
;; answer ok ok
;; f0100: sequence 1
;; gas 1220224
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 456
;;   OnSyscall 42000
;;   OnBlockOpenBase 374880
;;   OnBlockOpen 530
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
