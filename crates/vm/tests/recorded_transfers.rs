//! The recorded scenarios in which no actor code runs: every receipt, fee and state root.
//!
//! All the others need an official bundle, which a clone does not have; `atoll vectors` runs
//! them.

use std::sync::Arc;

use atoll_testkit::chain::{NoChain, NoProofs};
use atoll_testkit::genesis::{VECTORS, genesis};
use atoll_vm::runner::{Entry, Runner};
use atoll_vm::{ApplyKind, Context, Executor, Kernel, Setup, Stop};
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::{Address, Network};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::message::Message;
use fvm_shared::sys::BlockId;
use fvm_shared::version::NetworkVersion;
use serde_json::Value;

/// Runs no code.
struct NoCode;

impl Runner for NoCode {
    fn run(&self, kernel: Kernel, entry: &Entry) -> (Kernel, Result<Option<BlockId>, Stop>) {
        let words = format!("no code is known, and none of {} either", entry.code);
        (
            kernel,
            Err(Stop::exit(ExitCode::SYS_ASSERTION_FAILED, words)),
        )
    }
}

fn check_scenario(name: &str) {
    let path = format!("{}/core/{name}.json", VECTORS);
    let text = std::fs::read_to_string(path).expect("it is in the repo");
    let scenario: Value = serde_json::from_str(&text).expect("it is JSON");
    let (blockstore, root) = genesis();
    assert_eq!(root.to_string(), scenario["genesis_root"]);

    let mut context = Context::new(NetworkVersion::from(
        unsigned(&scenario["network_version"]) as u32
    ));
    context.epoch = scenario["epoch"].as_i64().expect("an epoch");
    context.timestamp = unsigned(&scenario["timestamp"]);
    context.base_fee = amount(&scenario["base_fee"]);
    context.chain_id = unsigned(&scenario["chain_id"]);
    context.circulating_supply = amount(&scenario["circulating_supply"]);
    let mut executor = Executor::new(Setup {
        context,
        blockstore,
        root,
        externs: Arc::new(NoChain),
        verifier: Arc::new(NoProofs),
        runner: Arc::new(NoCode),
    })
    .expect("the genesis is whole");

    for step in scenario["steps"].as_array().expect("steps") {
        let label = format!("{name}: {}", step["label"]);
        assert!(step["set_env"].is_null(), "{label}: not here");
        let kind = match step["kind"].as_str() {
            Some("explicit") => ApplyKind::Explicit,
            _ => ApplyKind::Implicit,
        };
        let raw_length = unsigned(&step["raw_length"]) as usize;
        let applied = executor
            .apply(&message(&step["message"]), kind, raw_length)
            .expect("it runs");
        let expect = &step["expect"];
        let code = unsigned(&expect["exit_code"]) as u32;
        assert_eq!(
            applied.receipt.exit_code.value(),
            code,
            "{label}: {:?}",
            applied.failure
        );
        assert_eq!(
            applied.receipt.gas_used,
            unsigned(&expect["gas_used"]),
            "{label}: gas used"
        );
        assert_eq!(
            applied.fees.gas_burned,
            unsigned(&expect["gas_burned"]),
            "{label}: gas burned"
        );
        for (field, fee) in [
            ("base_fee_burn", applied.fees.base_fee_burn),
            ("over_estimation_burn", applied.fees.over_estimation_burn),
            ("miner_tip", applied.fees.miner_tip),
            ("penalty", applied.fees.penalty),
            ("refund", applied.fees.refund),
        ] {
            let expected = expect[field].as_str().unwrap_or("0");
            assert_eq!(fee.0.to_string(), expected, "{label}: {field}");
        }
        let root = executor.flush().expect("it is in memory");
        assert_eq!(
            root.to_string(),
            expect["state_root"],
            "{label}: state root"
        );
    }
}

fn message(value: &Value) -> Message {
    Message {
        version: unsigned(&value["version"]),
        from: address(&value["from"]),
        to: address(&value["to"]),
        sequence: unsigned(&value["sequence"]),
        value: amount(&value["value"]),
        method_num: unsigned(&value["method"]),
        params: RawBytes::default(),
        gas_limit: unsigned(&value["gas_limit"]),
        gas_fee_cap: amount(&value["gas_fee_cap"]),
        gas_premium: amount(&value["gas_premium"]),
    }
}

fn address(value: &Value) -> Address {
    Network::Mainnet
        .parse_address(value.as_str().expect("text"))
        .expect("an address")
}

fn amount(value: &Value) -> TokenAmount {
    TokenAmount::from_atto(
        value
            .as_str()
            .expect("text")
            .parse::<u128>()
            .expect("an amount"),
    )
}

/// A number, as such or as text.
fn unsigned(value: &Value) -> u64 {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .expect("a number")
}

#[test]
fn transfers_to_oneself() {
    check_scenario("send_self");
}

#[test]
fn transfers_to_each_kind_of_actor() {
    check_scenario("send_method0_each_kind");
}

#[test]
fn over_estimation() {
    check_scenario("overestimation");
}

#[test]
fn base_fees() {
    check_scenario("base_fee_0");
    check_scenario("base_fee_123456789");
    check_scenario("base_fee_1000000000");
}
