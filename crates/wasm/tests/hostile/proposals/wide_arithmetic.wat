;; Numbers of 128 bits.
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) drop drop (i32.const 0)))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
