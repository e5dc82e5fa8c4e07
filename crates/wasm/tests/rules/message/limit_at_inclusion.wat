;; With nothing left to run on.
;; @gas 690663
(func (export "invoke") (param $params i32) (result i32)
  unreachable
  (call $answer))
;; ---
;; exit 7
;; f0100: sequence 1
;; gas 690663
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
