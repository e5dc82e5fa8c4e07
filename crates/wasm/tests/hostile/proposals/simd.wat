;; Vectors.
;; @bare
(module (memory (export "memory") 1) (func (export "invoke") (param i32) (result i32) (i32x4.extract_lane 0 (v128.const i32x4 1 2 3 4))))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
