//! Writes a case as a scenario (`vectors/README.md`), with what the official actors did.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use atoll::contract::{self, Contract};
use atoll_vm::{ApplyKind, Manifest};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use serde_json::{Map, Value, json};

use super::plan::{EPOCH, Step};
use super::sides::{Lab, Outcome, Side, context};

/// What is worth telling about a scenario.
pub(crate) struct Title<'a> {
    pub(crate) name: &'a str,
    pub(crate) group: &'a str,
    pub(crate) about: &'a str,
    /// Where its contracts come from, for people.
    pub(crate) contracts: &'a Value,
}

pub(crate) fn scenario(lab: &Lab, title: &Title<'_>, steps: &[Step]) -> Result<Value> {
    let mut side = lab.official(false)?;
    let mut epoch = EPOCH;
    let mut recorded = Vec::new();
    for step in steps {
        let outcome = side.apply(step)?;
        let mut json = json!({
            "label": step.label,
            "message": message(step),
            "kind": match step.kind {
                ApplyKind::Explicit => "explicit",
                ApplyKind::Implicit => "implicit",
            },
            "raw_length": step.raw_length,
            "expect": expect(&side, &outcome)?,
        });
        if step.epoch != epoch {
            epoch = step.epoch;
            json["set_env"] = json!({"epoch": epoch, "timestamp": context(epoch).timestamp});
        }
        recorded.push(json);
    }
    let context = context(EPOCH);
    Ok(json!({
        "name": title.name,
        "group": title.group,
        "about": title.about,
        "network_version": 28,
        "actors": "v18-mainnet",
        "epoch": EPOCH,
        "timestamp": context.timestamp,
        "base_fee": "0",
        "chain_id": context.chain_id,
        "circulating_supply": atto(&context.circulating_supply),
        "genesis_root": lab.root.to_string(),
        "notes": [],
        "contracts": title.contracts,
        "steps": recorded,
    }))
}

fn message(step: &Step) -> Value {
    let message = &step.message;
    json!({
        "version": message.version,
        "from": text(&message.from),
        "to": text(&message.to),
        "sequence": message.sequence,
        "value": atto(&message.value),
        "method": integer(message.method_num),
        "params": hex::encode(message.params.bytes()),
        "gas_limit": message.gas_limit,
        "gas_fee_cap": atto(&message.gas_fee_cap),
        "gas_premium": atto(&message.gas_premium),
    })
}

/// A number, as text where readers of JSON might lose some of it.
fn integer(number: u64) -> Value {
    if number < 1 << 53 {
        json!(number)
    } else {
        json!(number.to_string())
    }
}

fn atto(amount: &TokenAmount) -> String {
    amount.atto().to_string()
}

fn text(address: &Address) -> String {
    // The library writes addresses of whatever network it is set to; the recordings are of mainnet.
    let text = address.to_string();
    format!("f{}", &text[1..])
}

fn expect(side: &Side, outcome: &Outcome) -> Result<Value> {
    let applied = &outcome.applied;
    let fees = &applied.fees;
    let mut expect = json!({
        "exit_code": applied.receipt.exit_code.value(),
        "return": hex::encode(applied.receipt.return_data.bytes()),
        "gas_used": applied.receipt.gas_used,
        "gas_burned": fees.gas_burned,
        "base_fee_burn": atto(&fees.base_fee_burn.to_token()),
        "over_estimation_burn": atto(&fees.over_estimation_burn.to_token()),
        "miner_tip": atto(&fees.miner_tip.to_token()),
        "penalty": atto(&fees.penalty.to_token()),
        "refund": atto(&fees.refund.to_token()),
        "state_root": outcome.root.to_string(),
    });
    if let Some(codec) = applied.return_codec {
        expect["return_codec"] = json!(codec);
    }
    if let Some(root) = applied.receipt.events_root {
        expect["events_root"] = json!(root.to_string());
        let events = applied.events.iter().map(|stamped| {
            let entries = stamped.event.entries.iter().map(|entry| {
                json!({
                    "flags": entry.flags.bits(),
                    "key": entry.key,
                    "codec": entry.codec,
                    "value": hex::encode(&entry.value),
                })
            });
            json!({"emitter": stamped.emitter, "entries": entries.collect::<Vec<_>>()})
        });
        expect["events"] = events.collect();
    }
    let manifest = side.executor.manifest();
    let mut actors = Map::new();
    let mut contracts = Map::new();
    for (id, change) in &outcome.changes {
        let Some(after) = &change.after else {
            actors.insert(id.to_string(), Value::Null);
            continue;
        };
        let code = name_of(manifest, &after.code).context("an actor of unknown code")?;
        let mut actor = json!({
            "code": code,
            "head": after.head.to_string(),
            "sequence": after.sequence,
            "balance": atto(&after.balance),
        });
        if let Some(address) = &after.delegated {
            actor["delegated_address"] = json!(text(address));
        }
        actors.insert(id.to_string(), actor);
        let same_head = change
            .before
            .as_ref()
            .is_some_and(|before| before.head == after.head);
        if code == "evm" && !same_head {
            contracts.insert(id.to_string(), contract(side, &after.head)?);
        }
    }
    expect["actors"] = Value::Object(actors);
    if !contracts.is_empty() {
        expect["evm"] = Value::Object(contracts);
    }
    Ok(expect)
}

fn name_of(manifest: &Manifest, code: &cid::Cid) -> Option<String> {
    let mut named = manifest.iter().filter(|(_, known)| *known == code);
    named.next().map(|(name, _)| name.to_owned())
}

fn contract(side: &Side, head: &cid::Cid) -> Result<Value> {
    let Contract {
        bytecode,
        bytecode_hash,
        storage,
        nonce,
        tombstone,
        transient,
    } = Contract::load(&*side.store, head)?;
    let slots = |root| -> Result<BTreeMap<String, String>> {
        let slots = contract::slots(&*side.store, root)?;
        Ok(slots
            .iter()
            .map(|(key, value)| (key.to_hex(), value.to_hex()))
            .collect())
    };
    let persistent = slots(&storage)?;
    let transient = match transient {
        Some((root, lifespan)) => {
            json!({"root": root.to_string(), "lifespan": lifespan, "slots": slots(&root)?})
        }
        None => Value::Null,
    };
    Ok(json!({
        "bytecode": bytecode.to_string(),
        "bytecode_hash": hex::encode(bytecode_hash),
        "contract_state": storage.to_string(),
        "nonce": nonce,
        "tombstone": tombstone,
        "slot_count": persistent.len(),
        "slots": persistent,
        "transient": transient,
    }))
}
