//! Replays one scenario and says where it differs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use atoll_actors::Policy;
use atoll_native::{NativeRunner, SharedInspector};
use atoll_testkit::chain::{HashedChain, NoProofs};
use atoll_testkit::genesis::{self, VECTORS};
use atoll_vm::{Applied, ApplyKind, Context, Executor, Setup};
use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Network};
use fvm_shared::econ::TokenAmount;
use fvm_shared::event::StampedEvent;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use serde_json::Value;

/// How a replay went.
pub(crate) struct Replay {
    pub(crate) differences: Vec<String>,
    /// Our gas in percent of the official, for each message that ran.
    pub(crate) gas: Vec<u64>,
}

/// What is compared of an actor.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    code: String,
    head: String,
    sequence: u64,
    delegated: Option<String>,
    /// `None` where it depends on gas.
    balance: Option<String>,
}

/// Replays a scenario and compares.
pub(crate) fn replay(path: &Path) -> Replay {
    replay_observed(path, None, |_, _| {})
}

/// The same, with somebody watching contracts run, and looking at each message applied.
pub(crate) fn replay_observed(
    path: &Path,
    inspector: Option<SharedInspector>,
    mut each: impl FnMut(&Value, &Applied),
) -> Replay {
    let scenario = read(path);
    let genesis = read(Path::new(&format!("{VECTORS}/genesis.json")));
    let codes: Vec<(String, Cid)> = genesis["codes"]
        .as_object()
        .expect("codes by name")
        .iter()
        .map(|(name, code)| (name.clone(), text(code).parse().expect("a CID")))
        .collect();
    let mut context = Context::new(NetworkVersion::from(
        number(&scenario["network_version"]) as u32
    ));
    set_context(&mut context, &scenario);
    context.tracing = inspector.is_some();
    let mut runner = NativeRunner::new(Policy::mainnet());
    if let Some(inspector) = inspector {
        runner = runner.watched_by(inspector);
    }
    let named = codes.iter().map(|(name, code)| (name.as_str(), *code));
    let mut executor = Executor::new(Setup {
        context,
        blockstore: genesis::genesis().0,
        root: text(&scenario["genesis_root"]).parse().expect("a CID"),
        externs: Arc::new(HashedChain),
        verifier: Arc::new(NoProofs),
        runner: Arc::new(runner.standing_in(named)),
    })
    .expect("the genesis is whole");
    let names: BTreeMap<Cid, String> = codes.into_iter().map(|(name, code)| (code, name)).collect();

    let mut differences = Vec::new();
    let mut gas = Vec::new();
    let mut known: BTreeMap<ActorID, Known> = BTreeMap::new();
    for step in scenario["steps"].as_array().expect("steps") {
        let label = text(&step["label"]);
        let mut differs = |what: String| differences.push(format!("{label}: {what}"));
        if let Some(env) = step.get("set_env") {
            let mut context = executor.context().clone();
            set_context(&mut context, env);
            executor
                .set_context(context)
                .expect("a known network version");
        }
        let kind = match text(&step["kind"]) {
            "explicit" => ApplyKind::Explicit,
            _ => ApplyKind::Implicit,
        };
        let message = message(&step["message"]);
        let expect = &step["expect"];
        let applied = match executor.apply(&message, kind, number(&step["raw_length"]) as usize) {
            Ok(applied) => applied,
            Err(error) => {
                differs(format!("not applied: {error}"));
                break;
            }
        };
        executor.flush().expect("it is in memory");
        each(step, &applied);

        let receipt = &applied.receipt;
        let (got, expected) = (
            receipt.exit_code.value(),
            number(&expect["exit_code"]) as u32,
        );
        if got != expected {
            differs(format!("exit {got}, not {expected}: {:?}", applied.failure));
        }
        let (got, expected) = (hex(receipt.return_data.bytes()), text(&expect["return"]));
        if got != expected {
            differs(format!("returns {got}, not {expected}"));
        }
        let (got, expected) = (applied.return_codec, expect["return_codec"].as_u64());
        if got != expected {
            differs(format!("returns codec {got:?}, not {expected:?}"));
        }
        let (got, expected) = (shown(&applied.events), &expect["events"]);
        if *expected != got && !(expected.is_null() && applied.events.is_empty()) {
            differs(format!("events {got}, not {expected}"));
        }
        let official = number(&expect["gas_used"]);
        gas.extend((receipt.gas_used * 100).checked_div(official));

        let changed = expect["actors"].as_object().into_iter().flatten();
        let sender = executor
            .state()
            .resolve(&message.from)
            .expect("whole")
            .unwrap_or_default();
        for (id, actor) in changed {
            let id: ActorID = id.parse().expect("an id");
            if actor.is_null() {
                known.remove(&id);
                if executor.state().actor(id).expect("whole").is_some() {
                    differs(format!("f0{id} is still there"));
                }
                continue;
            }
            let by_gas = [sender, 2, 99].contains(&id);
            known.insert(
                id,
                Known {
                    code: text(&actor["code"]).to_owned(),
                    head: text(&actor["head"]).to_owned(),
                    sequence: number(&actor["sequence"]),
                    delegated: actor["delegated_address"].as_str().map(str::to_owned),
                    balance: (!by_gas).then(|| text(&actor["balance"]).to_owned()),
                },
            );
        }
        for (id, expected) in &known {
            let Some(actor) = executor.state().actor(*id).expect("whole") else {
                differs(format!("f0{id} is missing"));
                continue;
            };
            let got = Known {
                code: names.get(&actor.code).cloned().unwrap_or_default(),
                head: actor.root.to_string(),
                sequence: actor.sequence,
                delegated: actor.delegated_address.map(|a| Network::Mainnet.text(&a)),
                balance: expected
                    .balance
                    .as_ref()
                    .map(|_| actor.balance.0.to_string()),
            };
            if got != *expected {
                differs(format!("f0{id} is {got:?}, not {expected:?}"));
            }
        }
    }
    Replay { differences, gas }
}

trait Text {
    fn text(&self, address: &Address) -> String;
}

impl Text for Network {
    /// An address as the recording writes it.
    fn text(&self, address: &Address) -> String {
        let text = address.to_string();
        format!("f{}", &text[1..])
    }
}

fn set_context(context: &mut Context, from: &Value) {
    if let Some(epoch) = from["epoch"].as_i64() {
        context.epoch = epoch;
    }
    if let Some(timestamp) = from["timestamp"].as_u64() {
        context.timestamp = timestamp;
    }
    if !from["base_fee"].is_null() {
        context.base_fee = amount(&from["base_fee"]);
    }
    if let Some(chain_id) = from["chain_id"].as_u64() {
        context.chain_id = chain_id;
    }
    if !from["circulating_supply"].is_null() {
        context.circulating_supply = amount(&from["circulating_supply"]);
    }
}

/// Events in the form of the recording.
fn shown(events: &[StampedEvent]) -> Value {
    let entry = |entry: &fvm_shared::event::Entry| {
        serde_json::json!({
            "flags": entry.flags.bits(),
            "key": entry.key,
            "codec": entry.codec,
            "value": hex(&entry.value),
        })
    };
    let event = |event: &StampedEvent| {
        let entries: Vec<_> = event.event.entries.iter().map(entry).collect();
        serde_json::json!({ "emitter": event.emitter, "entries": entries })
    };
    Value::Array(events.iter().map(event).collect())
}

fn message(json: &Value) -> Message {
    Message {
        version: number(&json["version"]),
        from: address(&json["from"]),
        to: address(&json["to"]),
        sequence: number(&json["sequence"]),
        value: amount(&json["value"]),
        method_num: number(&json["method"]),
        params: RawBytes::new(bytes(text(&json["params"]))),
        gas_limit: number(&json["gas_limit"]),
        gas_fee_cap: amount(&json["gas_fee_cap"]),
        gas_premium: amount(&json["gas_premium"]),
    }
}

fn read(path: &Path) -> Value {
    let json = std::fs::read(path).expect("it is there");
    serde_json::from_slice(&json).expect("it is JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// A number, as such or as text.
fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .expect("a number")
}

fn amount(value: &Value) -> TokenAmount {
    let atto: fvm_shared::bigint::BigInt = text(value).parse().expect("an amount");
    TokenAmount::from_atto(atto)
}

fn address(value: &Value) -> Address {
    Network::Mainnet
        .parse_address(text(value))
        .expect("an address")
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
