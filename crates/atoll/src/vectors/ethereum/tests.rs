//! Cases of our own, in the formats of ethereum/tests: the corpus itself stays outside.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::exceptions::Exceptions;
use super::receipt::{Log, bloom, single_receipt_root};
use super::world::Ground;
use super::{format, judge};
use crate::vectors::report::Outcome;

const SENDER: &str = "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b";
const CONTRACT: &str = "0x0f572e5295c57f15886f9b263e2f6d2d6c7b5ec6";

/// A transaction of 3 wei to a contract that stores its value and logs a word without topics.
fn case() -> Value {
    let log = Log {
        address: [
            0x0f, 0x57, 0x2e, 0x52, 0x95, 0xc5, 0x7f, 0x15, 0x88, 0x6f, 0x9b, 0x26, 0x3e, 0x2f,
            0x6d, 0x2d, 0x6c, 0x7b, 0x5e, 0xc6,
        ],
        topics: Vec::new(),
        data: vec![0; 32],
    };
    let logs = [log];
    let account = |balance: &str, code: &str, nonce: &str, storage: Value| json!({"balance": balance, "code": code, "nonce": nonce, "storage": storage});
    // SSTORE(1, CALLVALUE), LOG0(0, 32), STOP.
    let code = "0x3460015560205fa000";
    json!({
        "network": "Cancun",
        "blocks": [{
            "blockHeader": {
                "coinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
                "number": "0x01",
                "timestamp": "0x03e8",
                "baseFeePerGas": "0x0a",
                "gasLimit": "0x7fffffff",
                // A transaction's 21,000, a new slot's 22,100, LOG0 of a word 634, four others 10.
                "gasUsed": "0xaae0",
                "bloom": format!("0x{}", hex::encode(bloom(&logs))),
                "receiptTrie": format!("0x{}", hex::encode(single_receipt_root(0, true, 0xaae0, &logs))),
            },
            "transactions": [{
                "sender": SENDER,
                "to": CONTRACT,
                "nonce": "0x07",
                "value": "0x03",
                "data": "0x",
                "gasLimit": "0x0186a0",
                "gasPrice": "0x0a",
            }],
            "withdrawals": [],
        }],
        "pre": {
            SENDER: account("0x01000000", "0x", "0x07", json!({})),
            CONTRACT: account("0x05", code, "0x00", json!({"0x02": "0x09"})),
        },
        "postState": {
            // 3 wei went along, and 43,744 gas at 10 wei.
            SENDER: account("0xf9533d", "0x", "0x08", json!({})),
            CONTRACT: account("0x08", code, "0x00", json!({"0x01": "0x03", "0x02": "0x09"})),
        },
    })
}

fn judge_ours(case: Value) -> (Outcome, bool) {
    let ground = Ground::new().expect("the native actors make a first state");
    let exceptions = Exceptions::load().expect("it is part of the program");
    let case = format::read(case)
        .expect("it is well formed")
        .expect("it is a case");
    judge(&ground, &exceptions, "ours/ours/ours", &case)
}

#[track_caller]
fn check(case: Value, expected: Expect) {
    let told = match judge_ours(case).0 {
        Outcome::Passed { steps, .. } => format!("passed, {steps} transactions"),
        Outcome::Skipped(reason) => format!("skipped: {reason}"),
        Outcome::Failed(difference) => format!(
            "failed: {}: {}, not {}",
            difference.field, difference.got, difference.expected
        ),
    };
    expected.assert_eq(&told);
}

/// The case with something else at a place.
fn with(place: &str, value: Value) -> Value {
    let mut case = case();
    *case.pointer_mut(place).expect("the place is there") = value;
    case
}

#[test]
fn a_case_passes() {
    check(case(), expect!["passed, 1 transactions"]);
}

#[test]
fn everything_is_compared() {
    let post = |account: &str, field: &str| format!("/postState/{account}/{field}");
    check(
        with(
            &post(CONTRACT, "storage"),
            json!({"0x01": "0x04", "0x02": "0x09"}),
        ),
        expect![[
            r#"failed: account 0x0f572e5295c57f15886f9b263e2f6d2d6c7b5ec6 storage: {"01": "03", "02": "09"}, not {"01": "04", "02": "09"}"#
        ]],
    );
    check(
        with(&post(CONTRACT, "nonce"), json!("0x01")),
        expect!["failed: account 0x0f572e5295c57f15886f9b263e2f6d2d6c7b5ec6 nonce: 0, not 1"],
    );
    check(
        with(&post(SENDER, "balance"), json!("0xf9533e")),
        expect![
            "failed: account 0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b balance: 16339773, not 16339774"
        ],
    );
    check(
        with(&post(SENDER, "nonce"), json!("0x07")),
        expect!["failed: account 0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b nonce: 8, not 7"],
    );
    let failed = format!(
        "0x{}",
        hex::encode(single_receipt_root(0, false, 0xaae0, &[]))
    );
    let told = judged(with("/blocks/0/blockHeader/receiptTrie", json!(failed)));
    assert!(told.starts_with("receipts' root"), "{told}");
}

/// The case as a transaction to a precompile of no input, which uses so much gas.
fn to_precompile(last: u8, success: bool, gas_used: u64, sender_has: &str) -> Value {
    let mut case = case();
    let precompile = format!("0x{last:040x}");
    let block = case["blocks"][0].as_object_mut().expect("a block");
    block["transactions"][0]["to"] = json!(precompile);
    let header = &mut block["blockHeader"];
    header["gasUsed"] = json!(format!("{gas_used:#x}"));
    header["bloom"] = json!(format!("0x{}", hex::encode(bloom(&[]))));
    let receipt = single_receipt_root(0, success, gas_used, &[]);
    header["receiptTrie"] = json!(format!("0x{}", hex::encode(receipt)));
    let mut post = case["pre"].clone();
    post[SENDER]["balance"] = json!(sender_has);
    post[SENDER]["nonce"] = json!("0x08");
    if success {
        post[precompile] = json!({"balance": "0x03", "code": "0x", "nonce": "0x00", "storage": {}});
    }
    case["postState"] = post;
    case
}

#[test]
fn a_transaction_to_a_precompile_runs_it() {
    // The identity costs 15.
    let passed = || expect!["passed, 1 transactions"];
    check(to_precompile(4, true, 21_015, "0xfccb17"), passed());
    // The point evaluation (EIP-4844) refuses input of no bytes, and takes all 100,000.
    check(to_precompile(10, false, 100_000, "0xf0bdc0"), passed());
    check(
        to_precompile(10, true, 71_000, "0xf0bdc0"),
        expect!["failed: success: false, not true"],
    );
}

#[test]
fn cases_without_opcodes_of_the_environment_are_told_apart() {
    let is_plain = |code: &str| {
        let code_of = format!("/pre/{CONTRACT}/code");
        judge_ours(with(&code_of, json!(code))).1
    };
    assert!(is_plain("0x3460015560205fa000"));
    // TIMESTAMP counts, be it only there; what is pushed does not.
    assert!(!is_plain("0x3460015560205fa00042"));
    assert!(is_plain("0x6042345060015560205fa000"));
}

/// The field in which a case differs.
fn judged(case: Value) -> String {
    match judge_ours(case).0 {
        Outcome::Failed(difference) => difference.field,
        other => format!("{other:?}"),
    }
}

#[test]
fn what_filecoin_does_not_have_is_not_run() {
    check(
        with(&format!("/pre/{CONTRACT}/code"), json!("0xf2")),
        expect!["skipped: differs, since it uses CALLCODE, which Filecoin does not have"],
    );
    check(
        with("/network", json!("Shanghai")),
        expect!["skipped: not run, since it is not for Cancun"],
    );
}

/// A contract that adds a word of its input to its value, and what it should return.
fn vm_case(out: &str) -> Value {
    let account = json!({
        "balance": "0x0a",
        "code": "0x345f35015f5260205ff3",
        "nonce": "0x00",
        "storage": {},
    });
    json!({
        "env": {"currentNumber": "0x01", "currentTimestamp": "0x03e8"},
        "exec": {
            "address": CONTRACT,
            "caller": SENDER,
            "origin": SENDER,
            "code": account["code"],
            "data": format!("0x{}", "00".repeat(31) + "05"),
            "gas": "0x0186a0",
            "value": "0x02",
        },
        "pre": {CONTRACT: account},
        "post": {CONTRACT: account},
        "out": out,
    })
}

#[test]
fn virtual_machine_tests() {
    let out = |last: &str| format!("0x{}{last}", "00".repeat(31));
    check(vm_case(&out("07")), expect!["passed, 1 transactions"]);
    check(
        vm_case(&out("08")),
        expect![
            "failed: output: 0x0000000000000000000000000000000000000000000000000000000000000007, not 0x0000000000000000000000000000000000000000000000000000000000000008"
        ],
    );
    // A test without a state after expects a failure.
    let mut must_fail = vm_case(&out("07"));
    must_fail.as_object_mut().expect("an object").remove("post");
    check(must_fail, expect!["failed: success: true, not false"]);
}

/// A block that Ethereum refuses for the gas limit of its transaction, so that nothing changes.
fn refused_case(gas_limit: &str) -> Value {
    let mut case = case();
    let pre = case["pre"].clone();
    case["postState"] = pre;
    let block = &mut case["blocks"][0];
    block["transactions"][0]["gasLimit"] = json!(gas_limit);
    *block = json!({
        "expectException": "TransactionException.INTRINSIC_GAS_TOO_LOW",
        "rlp_decoded": block,
    });
    case
}

#[test]
fn a_block_is_refused_for_its_reason() {
    check(refused_case("0x5207"), expect!["passed, 0 transactions"]);
    check(
        refused_case("0x5208"),
        expect![[
            r#"failed: block: "taken", not "refused: \"TransactionException.INTRINSIC_GAS_TOO_LOW\"""#
        ]],
    );
}

#[test]
fn the_gas_that_a_call_forwards_is_ethereums() {
    // Stores what is left of 100,000 after the transaction's 21,000 and GAS: 0x1_3496 gas.
    let mut case = case();
    let code = "0x5a60015500";
    case["pre"][CONTRACT]["code"] = json!(code);
    case["postState"][CONTRACT]["code"] = json!(code);
    case["postState"][CONTRACT]["storage"] = json!({"0x01": "0x013496", "0x02": "0x09"});
    // A new slot's 22,100, GAS and a push.
    let gas_used = 21_000 + 22_100 + 2 + 3;
    let header = &mut case["blocks"][0]["blockHeader"];
    header["gasUsed"] = json!(format!("{gas_used:#x}"));
    header["bloom"] = json!(format!("0x{}", hex::encode(bloom(&[]))));
    let root = single_receipt_root(0, true, gas_used, &[]);
    header["receiptTrie"] = json!(format!("0x{}", hex::encode(root)));
    let balance = 0x0100_0000 - 3 - gas_used * 10;
    case["postState"][SENDER]["balance"] = json!(format!("{balance:#x}"));
    check(case, expect!["passed, 1 transactions"]);
}
