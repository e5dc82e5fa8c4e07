;; Sending to a key creates its account, which runs its constructor.
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $new_key) (global.get $new_key.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 3) (i64.const -1) (i64.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $note (i32.load (i32.const 4)))
  (call $note64 (i64.load (i32.const 8)))
  (call $note (i32.load (i32.const 16)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 0 0 0 0
;; f01: root bafy2bzaceam7fbappvwk755m6un6m2kduler27ehoelb4xcay5jqcjztdfzi4
;; f0100: sequence 1
;; f0200: -3 atto
;; f01000: created with 3 atto
;; gas 5109428
;;   OnChainMessage 690663
;;   OnMethodInvocation 150000
;;   wasm_memory_init 52428.800
;;   wasm_exec 896
;;   OnSyscall 28000
;;   OnCreateActor 2700000
;;   OnActorLookup 500000
;;   OnActorUpdate 950000
;;   OnValueTransfer 6000
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
