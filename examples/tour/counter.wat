;; A counter, as small as an actor with state can be.
;;
;; State: the CBOR array [n], or the empty array of a new actor. The counter stays below 24, so
;; that n is always one byte of CBOR.
;;
;; | method | params | does |
;; | --- | --- | --- |
;; | 2 Add | one byte of CBOR, 0 to 23 | adds, emits an event "sum", answers with the sum |
;; | 3 Get | | answers with the sum |
;;
;; It exits with 16 (illegal argument) if the sum would reach 24, and with 22 (unhandled
;; message) for any other method.
(module
  (import "vm" "message_context" (func $message (param i32) (result i32)))
  (import "vm" "exit" (func $exit (param i32 i32 i32 i32) (result i32)))
  (import "self" "root" (func $root (param i32 i32 i32) (result i32)))
  (import "self" "set_root" (func $set_root (param i32) (result i32)))
  (import "ipld" "block_open" (func $open (param i32 i32) (result i32)))
  (import "ipld" "block_read" (func $read (param i32 i32 i32 i32 i32) (result i32)))
  (import "ipld" "block_create" (func $create (param i32 i64 i32 i32) (result i32)))
  (import "ipld" "block_link" (func $link (param i32 i32 i64 i32 i32 i32) (result i32)))
  (import "event" "emit_event" (func $emit (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0: what syscalls answer with; 256: a CID; 512: data.
  (data (i32.const 600) "the counter is full")
  (data (i32.const 632) "there is no such method")
  (data (i32.const 664) "sum")
  ;; An event entry: flags 3 (indexed), codec 0x51 (CBOR), a key of 3 bytes, a value of 1.
  (data (i32.const 672)
    "\03\00\00\00\00\00\00\00\51\00\00\00\00\00\00\00\03\00\00\00\01\00\00\00")

  (func (export "invoke") (param $params i32) (result i32)
    (call $must (call $message (i32.const 0)))
    (if (i64.eq (i64.load (i32.const 32)) (i64.const 2))
      (then (return (call $add (call $number (local.get $params) (i32.const 0))))))
    (if (i64.eq (i64.load (i32.const 32)) (i64.const 3))
      (then (return (call $answer (call $sum)))))
    (drop (call $exit (i32.const 22) (i32.const 0) (i32.const 632) (i32.const 23)))
    (unreachable))

  (func $add (param $by i32) (result i32)
    (local $sum i32)
    (local.set $sum (i32.add (call $sum) (local.get $by)))
    (if (i32.ge_u (local.get $sum) (i32.const 24))
      (then (drop (call $exit (i32.const 16) (i32.const 0) (i32.const 600) (i32.const 19)))))
    ;; [sum], as DAG-CBOR, under its blake2b-256 link.
    (i32.store8 (i32.const 512) (i32.const 0x81))
    (i32.store8 (i32.const 513) (local.get $sum))
    (call $must (call $create (i32.const 0) (i64.const 0x71) (i32.const 512) (i32.const 2)))
    (call $must (call $link (i32.const 4) (i32.load (i32.const 0)) (i64.const 0xb220)
      (i32.const 32) (i32.const 256) (i32.const 100)))
    (call $must (call $set_root (i32.const 256)))
    (call $must (call $emit (i32.const 672) (i32.const 1) (i32.const 664) (i32.const 3)
      (i32.const 513) (i32.const 1)))
    (call $answer (local.get $sum)))

  ;; The sum in the state.
  (func $sum (result i32)
    (call $must (call $root (i32.const 0) (i32.const 256) (i32.const 100)))
    (call $must (call $open (i32.const 0) (i32.const 256)))
    ;; The empty array is one byte long; [n] is two.
    (if (i32.eq (i32.load (i32.const 12)) (i32.const 1))
      (then (return (i32.const 0))))
    (call $number (i32.load (i32.const 8)) (i32.const 1)))

  ;; The byte of a block at an offset.
  (func $number (param $block i32) (param $offset i32) (result i32)
    (i32.store8 (i32.const 512) (i32.const 255))
    (call $must (call $read (i32.const 0) (local.get $block) (local.get $offset)
      (i32.const 512) (i32.const 1)))
    (i32.load8_u (i32.const 512)))

  ;; A block that holds one number.
  (func $answer (param $number i32) (result i32)
    (i32.store8 (i32.const 512) (local.get $number))
    (call $must (call $create (i32.const 0) (i64.const 0x51) (i32.const 512) (i32.const 1)))
    (i32.load (i32.const 0)))

  ;; Nothing that this actor asks for may be refused.
  (func $must (param $error i32)
    (if (local.get $error) (then (unreachable)))))
