;; Data of an exit that was never given out: the whole message is broken.
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $vm.exit (i32.const 20) (i32.const 2) (i32.const 0) (i32.const 0)))
  (call $answer))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 128
;;   OnSyscall 14000
