;; An actor may open any block by its name.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $ipld.block_open (i32.const 0x7000) (global.get $stranger_cid)))
  (call $outcome (call $ipld.block_link (i32.const 0x7200) (i32.load (i32.const 0x7008)) (i64.const 0xb220) (i32.const 32)
    (i32.const 0x7100) (i32.const 64)))
  (call $answer))
;; ---
;; exit 0
;; answer 000000ee000000ee of codec 0x71
;; f0100: sequence 1
;; gas 793540
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 476
;;   OnSyscall 42000
;;   OnBlockOpenBase 135617
;;   OnBlockOpen 94.500
;;   OnBlockLink 365349
;;   OnBlockCreate 84
;;   OnChainReturnValue 10400
