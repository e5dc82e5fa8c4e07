;; As deep as the stack limiter allows, counted on the way back.
;; @bare
(module (memory (export "memory") 1)
  (func $f (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "invoke") (param i32) (result i32)
    (drop (call $f (i32.const 300))) (i32.const 0)))
;; ---
;; exit 0
;; f0100: sequence 1
;; gas 817210
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 25332
