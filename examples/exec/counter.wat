;; A counter: the smallest actor that has state, takes parameters, answers and emits an event.
;;
;;   method 2 (Add)  adds its parameter, one CBOR number below 24; answers and emits the sum
;;   method 3 (Get)  answers the sum
;;   any other       exits with 22
;;
;; The state is one block: [sum]. Numbers are written as nine bytes (0x1b and 64 bits), which
;; CBOR allows where fewer would do.
(module
  ;; A syscall that answers takes the place for its answer first. It returns 0 or an error number.
  (import "ipld" "block_open" (func $block_open (param i32 i32) (result i32)))
  (import "ipld" "block_create" (func $block_create (param i32 i64 i32 i32) (result i32)))
  (import "ipld" "block_read" (func $block_read (param i32 i32 i32 i32 i32) (result i32)))
  (import "ipld" "block_link" (func $block_link (param i32 i32 i64 i32 i32 i32) (result i32)))
  (import "self" "root" (func $root (param i32 i32 i32) (result i32)))
  (import "self" "set_root" (func $set_root (param i32) (result i32)))
  (import "vm" "message_context" (func $message_context (param i32) (result i32)))
  (import "vm" "exit" (func $exit (param i32 i32 i32 i32) (result i32)))
  (import "event" "emit_event" (func $emit (param i32 i32 i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 1)

  ;;  0     answers of syscalls (the method number stands at 32 of the message context)
  ;;  128   a CID
  ;;  200   the parameter
  ;;  256   the state: 0x81 (a list of one), 0x1b, 64 bits
  (data (i32.const 256) "\81\1b")
  ;;  300   the entry of the event: flags 3 (index both), codec 0x51, lengths of key and value
  (data (i32.const 300) "\03\00\00\00\00\00\00\00\51\00\00\00\00\00\00\00\03\00\00\00\09\00\00\00")
  ;;  340   its key
  (data (i32.const 340) "sum")
  ;;  350   why the actor gives up
  (data (i32.const 350) "no such method")
  (data (i32.const 370) "not a number below 24")
  (data (i32.const 400) "a syscall failed")

  ;; Ends the actor if a syscall failed.
  (func $check (param $error i32)
    (if (local.get $error)
      (then (drop (call $exit (i32.const 24) (i32.const 0) (i32.const 400) (i32.const 16))))))

  ;; Reverses the bytes of a number: CBOR writes the highest first.
  (func $swap (param $n i64) (result i64)
    (local $out i64)
    (local $left i32)
    (local.set $left (i32.const 8))
    (loop $byte
      (local.set $out
        (i64.or
          (i64.shl (local.get $out) (i64.const 8))
          (i64.and (local.get $n) (i64.const 0xff))))
      (local.set $n (i64.shr_u (local.get $n) (i64.const 8)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $byte (local.get $left)))
    (local.get $out))

  ;; Reads the sum. A new actor's state is an empty list, which is shorter than ours.
  (func $load (result i64)
    (call $check (call $root (i32.const 0) (i32.const 128) (i32.const 64)))
    (call $check (call $block_open (i32.const 0) (i32.const 128)))
    (if (i32.lt_u (i32.load (i32.const 12)) (i32.const 10)) (then (return (i64.const 0))))
    (call $check
      (call $block_read
        (i32.const 16) (i32.load (i32.const 8)) (i32.const 0) (i32.const 256) (i32.const 10)))
    (call $swap (i64.load (i32.const 258))))

  ;; Writes the state that stands at 256: a block of DAG-CBOR, linked by its blake2b-256 hash.
  (func $save
    (call $check
      (call $block_create (i32.const 0) (i64.const 0x71) (i32.const 256) (i32.const 10)))
    (call $check
      (call $block_link
        (i32.const 4) (i32.load (i32.const 0)) (i64.const 0xb220) (i32.const 32)
        (i32.const 128) (i32.const 64)))
    (call $check (call $set_root (i32.const 128))))

  ;; Answers the number that stands in the state.
  (func $answer (result i32)
    (call $check
      (call $block_create (i32.const 0) (i64.const 0x51) (i32.const 257) (i32.const 9)))
    (i32.load (i32.const 0)))

  (func $add (param $params i32) (result i32)
    ;; One byte is read; what is left, or an error, must be nothing.
    (if (i32.eqz (local.get $params))
      (then (drop (call $exit (i32.const 16) (i32.const 0) (i32.const 370) (i32.const 21)))))
    (call $check
      (call $block_read
        (i32.const 0) (local.get $params) (i32.const 0) (i32.const 200) (i32.const 1)))
    (if (i32.or
          (i32.ne (i32.load (i32.const 0)) (i32.const 0))
          (i32.gt_u (i32.load8_u (i32.const 200)) (i32.const 23)))
      (then (drop (call $exit (i32.const 16) (i32.const 0) (i32.const 370) (i32.const 21)))))
    (i64.store (i32.const 258)
      (call $swap (i64.add (call $load) (i64.load8_u (i32.const 200)))))
    (call $save)
    (call $check
      (call $emit
        (i32.const 300) (i32.const 1) (i32.const 340) (i32.const 3)
        (i32.const 257) (i32.const 9)))
    (call $answer))

  (func $get (result i32)
    (i64.store (i32.const 258) (call $swap (call $load)))
    (call $answer))

  (func (export "invoke") (param $params i32) (result i32)
    (local $method i64)
    (call $check (call $message_context (i32.const 0)))
    (local.set $method (i64.load (i32.const 32)))
    (if (i64.eq (local.get $method) (i64.const 2))
      (then (return (call $add (local.get $params)))))
    (if (i64.eq (local.get $method) (i64.const 3)) (then (return (call $get))))
    (drop (call $exit (i32.const 22) (i32.const 0) (i32.const 350) (i32.const 14)))
    (i32.const 0)))
