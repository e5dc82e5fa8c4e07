;; The first version with tracked links: prices of what this does have not changed since.
;; @nv 21
(data (i32.const 0x600) "\03\00\00\00\00\00\00\00\55\00\00\00\00\00\00\00\02\00\00\00\04\00\00\00")
(data (i32.const 0x700) "t1d")
(data (i32.const 0x800) "abcdef")
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $self.root (i32.const 0x40) (i32.const 0) (i32.const 64)))
  (drop (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
  (call $outcome (call $ipld.block_open (i32.const 0) (global.get $stranger_cid)))
  (call $outcome (call $event.emit_event (i32.const 0x600) (i32.const 1) (i32.const 0x700) (i32.const 2) (i32.const 0x800) (i32.const 4)))
  (call $answer))
;; ---
;; exit 0
;; answer NotFound ok
;; event of f0200: "t1"=61626364 (flags 3, codec 0x55)
;; f0100: sequence 1
;; gas 1253944
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 500
;;   OnSyscall 70000
;;   OnActorGetRoot 300
;;   OnBlockOpenBase 375480
;;   OnScanIpldLinks 470
;;   OnBlockOpen 440
;;   OnActorEvent 4396.400
;;   OnBlockCreate 80
;;   OnChainReturnValue 10400
