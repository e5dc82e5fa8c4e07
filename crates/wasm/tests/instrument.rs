//! Our instrumentation against the network's own, which is a crate on crates.io: the same totals,
//! the same point of exhaustion, the same modules turned away.

use arbitrary::Unstructured;
use atoll_testkit::differential::{self, Compared, PRICES};
use atoll_testkit::{car, generate};
use atoll_vm::price::WasmPrices;

/// The network's prices since version 16, in milligas.
const NETWORK: WasmPrices = WasmPrices {
    instruction: 4_000,
    math: 4_000,
    jump: 4_000,
    jump_conditional: 4_000,
    jump_indirect: 4_000,
    call: 0,
    memory_fill: 0,
    memory_fill_per_byte: 400,
    memory_access: 0,
    memory_copy_per_byte: 400,
    syscall: 14_000_000,
};

#[track_caller]
fn check(text: &str) -> Compared {
    let wasm = wat::parse_str(text).expect("valid text");
    differential::compare(&differential::engine(), &wasm, &PRICES, 200_000_000)
}

fn ran(text: &str) {
    assert!(
        matches!(check(text), Compared::Ran { gas_used: 1.., .. }),
        "{text}"
    );
}

fn refused(text: &str) {
    assert_eq!(check(text), Compared::Refused, "{text}");
}

fn cases() -> u64 {
    std::env::var("ATOLL_CASES").map_or(300, |n| n.parse().expect("ATOLL_CASES is a number"))
}

#[test]
fn generated_modules() {
    let engine = differential::engine();
    let (mut refused, mut long, mut runs) = (0, 0, 0);
    for case in 1..=cases() {
        let mut state = case.wrapping_mul(0x2545_f491_4f6c_dd1d);
        let length = 500 + differential::next(&mut state) % 6_000;
        let seed: Vec<u8> = (0..length)
            .map(|_| (differential::next(&mut state) >> 32) as u8)
            .collect();
        let Ok(wasm) = generate::module(&mut Unstructured::new(&seed)) else {
            continue;
        };
        match differential::compare(&engine, &wasm, &PRICES, 20_000_000) {
            Compared::Invalid | Compared::Refused => refused += 1,
            Compared::Ran { gas_used, times } => {
                runs += times;
                long += u64::from(gas_used > 50_000);
            }
        }
    }
    println!(
        "{} cases: {refused} refused, {long} long, {runs} executions each",
        cases()
    );
    assert!(runs as u64 > cases(), "most cases run: {runs}");
    assert!(long > cases() / 50, "some run for long: {long}");
}

/// The official actors, if `ATOLL_BUNDLE` names their bundle.
#[test]
fn bundle_modules() {
    let engine = differential::engine();
    for wasm in car::bundle_modules() {
        let compared = differential::compare(&engine, &wasm, &NETWORK, 50_000_000_000);
        println!("{} bytes: {compared:?}", wasm.len());
        assert!(matches!(compared, Compared::Ran { gas_used: 1.., .. }));
    }
}

#[test]
fn loops_pay_on_each_turn() {
    ran(r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32) (local $n i32)
            (local.set $n (i32.const 1000))
            (loop $again
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br_if $again (local.get $n)))
            (local.get $n)))"#);
}

#[test]
fn endless_loop_runs_dry() {
    ran(r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32) (loop $l (br $l)) (i32.const 0)))"#);
}

#[test]
fn endless_loop_of_nothing_but_the_jump() {
    ran(r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32)
            (block $out (loop $l (br_if $out (local.get 0)) (br $l))) (i32.const 0)))"#);
}

#[test]
fn branch_table_forgets_its_default() {
    ran(r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32)
            (block $a (block $b (block $c
                (br_table $c $b $a (local.get 0)))
                (drop (i32.mul (i32.const 2) (i32.const 3))))
                (drop (i32.add (i32.const 2) (i32.const 3))))
            (i32.const 7)))"#);
}

#[test]
fn recursion_meets_the_stack_limit() {
    for locals in [
        "",
        "(local i64 i64 i64)",
        "(local i32) (local i64) (local i32) (local f64)",
    ] {
        ran(&format!(
            r#"(module (memory (export "memory") 1)
            (func $deep (param i32) (result i32) {locals}
                (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
            (func (export "invoke") (param i32) (result i32) (call $deep (local.get 0))))"#
        ));
    }
}

#[test]
fn calls_of_many_depths_leave_the_height_alone() {
    // Depths that differ by one around the limit, through direct and indirect calls in turn.
    for depth in [
        100, 290, 291, 292, 293, 340, 341, 342, 409, 410, 511, 512, 682,
    ] {
        ran(&format!(
            r#"(module (memory (export "memory") 1) (type $t (func (param i32) (result i32)))
            (table 2 funcref) (elem (i32.const 0) $down $leaf)
            (func $leaf (type $t) (i32.add (local.get 0) (i32.const 3)))
            (func $down (type $t)
                (drop (call $leaf (i32.const 1)))
                (if (i32.eqz (local.get 0)) (then (return (call $leaf (local.get 0)))))
                (drop (call_indirect (type $t) (i32.const 5) (i32.const 1)))
                (if (result i32) (i32.and (local.get 0) (i32.const 1))
                    (then (call $down (i32.sub (local.get 0) (i32.const 1))))
                    (else (call_indirect (type $t)
                        (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
            (func (export "invoke") (param i32) (result i32)
                (drop (call $down (i32.const 50)))
                (call $down (i32.const {depth}))))"#
        ));
    }
}

#[test]
fn functions_without_room_for_more_locals() {
    const BULK: &str = "(drop (memory.grow (local.get 0)))
        (memory.fill (i32.const 0) (i32.const 1) (i32.mul (local.get 0) (i32.const 9)))";
    // 50,000 is the limit, parameters included. Our metering has locals of its own up to 49,997,
    // and the network's has one where an instruction pays by what it asks for.
    for count in [49_996, 49_997, 49_998, 49_999] {
        let locals = "i64 ".repeat(count);
        let bulk = if count < 49_999 { BULK } else { "" };
        ran(&format!(
            r#"(module (import "host" "tell" (func $tell (param i32)))
            (memory (export "memory") 1 4) (type $t (func (param i32) (result i32)))
            (table 2 funcref) (elem (i32.const 0) $leaf $vast)
            (func $leaf (type $t) (i32.add (local.get 0) (i32.const 3)))
            (func $deep (type $t)
                (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 7))
                    (else (call $deep (i32.sub (local.get 0) (i32.const 1))))))
            (func $vast (type $t) (local {locals})
                (local.set 49000 (i64.const 1))
                (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
                (call $tell (call $deep (i32.const 300)))
                (drop (call $vast (i32.sub (local.get 0) (i32.const 1))))
                (drop (call_indirect (type $t) (i32.const 5) (i32.const 0)))
                (drop (call_indirect (type $t) (i32.const 0) (i32.const 1)))
                {bulk}
                (drop (call $deep (i32.const 330)))
                (i32.wrap_i64 (local.get 49000)))
            (func (export "invoke") (param i32) (result i32)
                (drop (call $vast (i32.const 2)))
                (call $deep (i32.const 330))))"#
        ));
    }
}

#[test]
fn start_function_pays_and_may_call_out() {
    ran(
        r#"(module (import "host" "tell" (func $tell (param i32))) (memory (export "memory") 1)
        (global $g (mut i32) (i32.const 3))
        (func $start (call $tell (i32.const 9)) (global.set $g (i32.const 4))) (start $start)
        (func (export "invoke") (param i32) (result i32) (call $tell (i32.const 1)) (global.get $g)))"#,
    );
}

#[test]
fn start_function_that_traps() {
    ran(r#"(module (memory (export "memory") 1)
        (func $start (drop (i32.div_u (i32.const 1) (i32.const 0)))) (start $start)
        (func (export "invoke") (param i32) (result i32) (i32.const 1)))"#);
}

#[test]
fn bulk_instructions_pay_for_their_extent() {
    for extent in [
        "(i32.const 1000)",
        "(i32.add (local.get 0) (i32.const 999))",
    ] {
        ran(&format!(
            r#"(module (memory (export "memory") 1 4) (data $d "0123456789")
            (table $t (export "table") 10 20 funcref) (elem $e func)
            (func (export "invoke") (param i32) (result i32)
                (memory.fill (i32.const 0) (i32.const 7) {extent})
                (memory.copy (i32.const 2000) (i32.const 0) {extent})
                (memory.init $d (i32.const 5) (i32.const 1) (i32.const 3))
                (memory.init $d (i32.const 5) (i32.const 1) (local.get 0))
                (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0))
                (table.copy (i32.const 1) (i32.const 3) (local.get 0))
                (drop (table.grow $t (table.get $t (i32.const 0)) (local.get 0)))
                (table.fill $t (i32.const 0) (table.get $t (i32.const 1)) (local.get 0))
                (drop (memory.grow (i32.const 1)))
                (drop (memory.grow (local.get 0)))
                (drop (memory.grow (i32.const 1000)))
                (data.drop $d) (elem.drop $e)
                (i32.add (memory.size) (table.size $t))))"#
        ));
    }
}

#[test]
fn bulk_instruction_of_minus_one_is_dear() {
    ran(r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32)
            (memory.grow (i32.sub (local.get 0) (i32.const 2)))))"#);
    refused(
        r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32) (memory.grow (i32.const -1))))"#,
    );
}

#[test]
fn unreachable_code_is_paid_for_where_it_shares_a_block() {
    ran(r#"(module (memory (export "memory") 1)
        (func (export "invoke") (param i32) (result i32)
            (block $b (br_if $b (local.get 0)) (unreachable) (drop (i32.add)))
            (if (result i32) (local.get 0) (then (i32.const 1) return) (else (unreachable)))))"#);
}

#[test]
fn what_the_network_turns_away() {
    let body = |code: &str| {
        format!(
            r#"(module (memory (export "memory") 1) (table 1 funcref) (elem declare func 0)
            (func (export "invoke") (param i32) (result i32) {code} (i32.const 0)))"#
        )
    };
    refused(&body("(drop (ref.func 0))"));
    refused(&body("(drop (ref.is_null (ref.null func)))"));
    refused(&body(
        "(drop (select (result i32) (i32.const 0) (i32.const 1) (i32.const 2)))",
    ));
    refused(r#"(module (memory (export "memory") 1))"#);
    refused(
        r#"(module (memory (export "memory") 1) (table 1 funcref)
        (elem (i32.const 0) funcref (ref.func 0))
        (func (export "invoke") (param i32) (result i32) (i32.const 0)))"#,
    );
}
