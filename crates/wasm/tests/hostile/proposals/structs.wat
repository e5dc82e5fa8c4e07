;; Structs of a garbage collector.
;; @bare
(module (memory (export "memory") 1) (type $s (struct (field i32))) (func (export "invoke") (param i32) (result i32) (struct.get $s 0 (struct.new $s (i32.const 1)))))
;; ---
;; exit 10
;; f0100: sequence 1
;; gas 1000000000
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
