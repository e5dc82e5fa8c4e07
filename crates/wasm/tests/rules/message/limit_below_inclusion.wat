;; What a message costs on chain must be within its limit; else it is not run, and its sender is
;; not counted.
;; @gas 600000
(func (export "invoke") (param $params i32) (result i32)
  unreachable
  (call $answer))
;; ---
;; exit 7
;; gas 0
