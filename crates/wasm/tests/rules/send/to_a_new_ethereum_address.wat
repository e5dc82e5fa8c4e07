;; Sending to an f410 address creates a placeholder; nothing runs (FIP-0048).
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $send.send (i32.const 0) (global.get $new_f4) (global.get $new_f4.len) (i64.const 0) (i32.const 0) (i64.const 0) (i64.const 3) (i64.const -1) (i64.const 0)))
  (call $note (i32.load (i32.const 0)))
  (call $note (i32.load (i32.const 4)))
  (call $note64 (i64.load (i32.const 8)))
  (call $note (i32.load (i32.const 16)))
  (call $answer))
;; ---
;; exit 0
;; answer ok 0 0 0 0 0
;; f01: root bafy2bzacecgzg3gzqtzagc6ingztr6jnsarqq4gsrff3gsch67n42t65iz3vi
;; f0100: sequence 1
;; f0200: -3 atto
;; f01000: created with 3 atto, f410ftgmztgmztgmztgmztgmztgmztgmztgmztdvhh6a
;; gas 5008154
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 836
;;   OnSyscall 28000
;;   OnCreateActor 2700000
;;   OnActorLookup 500000
;;   OnActorUpdate 950000
;;   OnValueTransfer 6000
;;   OnBlockCreate 240
;;   OnChainReturnValue 31200
