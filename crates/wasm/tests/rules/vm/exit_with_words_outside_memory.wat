;; The words are for people: missing ones change nothing.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $vm.exit (i32.const 33) (i32.const 0) (i32.const 0xffff) (i32.const 100)))
  (call $answer))
;; ---
;; exit 33
;; f0100: sequence 1
;; gas 806006
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 128
;;   OnSyscall 14000
