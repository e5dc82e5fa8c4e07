;; Method 0 runs nothing, whatever the receiver is.
;; @value 5
;; @method 0
(func (export "invoke") (param $params i32) (result i32)
  unreachable
  (call $answer))
;; ---
;; exit 0
;; f0100: sequence 1, -5 atto
;; f0200: +5 atto
;; gas 1171663
;;   OnChainMessage 690663
;;   OnValueTransfer 6000
;;   OnActorUpdate 475000
