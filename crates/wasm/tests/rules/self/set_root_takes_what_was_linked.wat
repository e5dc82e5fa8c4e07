;; A block that the actor linked becomes its state.
(data (i32.const 0x600) "\80")
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $ipld.block_create (i32.const 0) (i64.const 0x71) (i32.const 0x600) (i32.const 1)))
  (drop (call $ipld.block_link (i32.const 0) (i32.const 1) (i64.const 0xb220) (i32.const 32) (i32.const 0x700) (i32.const 38)))
  (call $outcome (call $self.set_root (i32.const 0x700)))
  (call $answer))
;; ---
;; exit 0
;; answer ok
;; f0100: sequence 1
;; f0200: root bafy2bzacebc3bt6cedhoyw34drrmjvazhu4oj25er2ebk4u445pzycvq4ta4a
;; gas 1838459
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 344
;;   OnSyscall 56000
;;   OnScanIpldLinks 35
;;   OnBlockCreate 50
;;   OnBlockLink 509652.400
;;   OnActorSetRoot 300
;;   OnActorUpdate 475000
;;   OnChainReturnValue 5200
