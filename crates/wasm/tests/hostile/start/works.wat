;; It may change memory and globals: the answer is a block number that nobody has.
;; @bare
(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 5))) (start $s) (func (export "invoke") (param i32) (result i32) (global.get $g)))
;; ---
;; exit 11
;; f0100: sequence 1
;; gas 791998
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 120
