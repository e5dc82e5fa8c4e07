;; There is no such actor.
;; @to 9999
(func (export "invoke") (param $params i32) (result i32)
  unreachable
  (call $answer))
;; ---
;; exit 5
;; f0100: sequence 1
;; gas 690663
;;   OnChainMessage 690663
