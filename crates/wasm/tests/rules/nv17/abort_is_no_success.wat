;; An actor can't abort with success, nor with the machine's codes. It returns for success.
;; @nv 17
(func (export "invoke") (param $params i32) (result i32)
  (drop (call $vm.abort (i32.const 0) (i32.const 0) (i32.const 0)))
  (i32.const 0))
;; ---
;; exit 9
;; f0100: sequence 1
;; gas 253595
;;   OnChainMessage 215663
;;   OnMethodInvocation 23856
;;   wasm_exec 76
;;   OnSyscall 14000
