;; Calls another actor twice with the same parameters, and fails if either call does: shows that
;; a message happens whole or not at all.
;;
;; Method 2 Twice: the callee is actor 1000, its method is 2, and it gets our parameters. The
;; answer is that of the second call; a failed call's exit code becomes ours.
(module
  (import "vm" "exit" (func $exit (param i32 i32 i32 i32) (result i32)))
  (import "send" "send"
    (func $send (param i32 i32 i32 i64 i32 i64 i64 i64 i64) (result i32)))
  (memory (export "memory") 1)

  ;; The address f01000: protocol 0, then 1000 as a varint.
  (data (i32.const 256) "\00\e8\07")
  (data (i32.const 260) "a call failed")

  (func (export "invoke") (param $params i32) (result i32)
    (drop (call $call (local.get $params)))
    (call $call (local.get $params)))

  (func $call (param $params i32) (result i32)
    (if (call $send (i32.const 0) (i32.const 256) (i32.const 3) (i64.const 2)
          (local.get $params) (i64.const 0) (i64.const 0) (i64.const -1) (i64.const 0))
      (then (unreachable)))
    (if (i32.load (i32.const 0))
      (then
        (drop
          (call $exit (i32.load (i32.const 0)) (i32.const 0) (i32.const 260) (i32.const 13)))))
    (i32.load (i32.const 4))))
