//! Runs a scenario and compares everything that the machine did.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use atoll_vm::{Applied, ApplyKind, Context, Executor, Manifest};
use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::event::StampedEvent;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;

use super::{Actor, Contract, Event, EventEntry, Expect, Kind, Scenario, SetEnv, Step};
use crate::contract::{self, Word};
use crate::state_diff::{self, ActorChange};
use crate::store::Layered;
use crate::vectors::json::{AddressText, Atto, CidText, Hex};
use crate::vectors::lab::{Lab, Opened};
use crate::vectors::report::{Difference, Outcome, Plain, same};
use crate::vectors::roots::name_of;
use atoll_chain::message::describe_failure;
use atoll_chain::surroundings::HashedChain;

/// Runs a scenario on the genesis that lies beside it or above.
pub fn run(lab: &Lab, scenario: &Scenario, path: &Path) -> Result<Outcome> {
    let genesis = lab.genesis(path, &scenario.genesis_root.0)?;
    let root = scenario.genesis_root.0;
    let opened = lab.open(context(scenario), &genesis, root, Arc::new(HashedChain))?;
    let (executor, store) = match opened {
        Opened::Ready(executor, store) => (*executor, store),
        Opened::Unable(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let mut run = Run {
        executor,
        store,
        root,
    };
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = || format!("step {index} {:?}", step.label);
        if let Err(difference) = run.step(step).with_context(at)? {
            return Ok(Outcome::Failed(difference.at_step(at())));
        }
    }
    Ok(Outcome::Passed {
        steps: scenario.steps.len(),
    })
}

fn context(scenario: &Scenario) -> Context {
    let mut context = Context::new(NetworkVersion::new(scenario.network_version));
    context.epoch = scenario.epoch;
    context.timestamp = scenario.timestamp;
    context.base_fee = scenario.base_fee.0.clone();
    context.chain_id = scenario.chain_id;
    context.circulating_supply = scenario.circulating_supply.0.clone();
    context
}

impl SetEnv {
    fn change(&self, context: &mut Context) {
        let Self {
            epoch,
            timestamp,
            base_fee,
            chain_id,
            circulating_supply,
            network_version,
        } = self.clone();
        if let Some(epoch) = epoch {
            context.epoch = epoch;
        }
        if let Some(timestamp) = timestamp {
            context.timestamp = timestamp;
        }
        if let Some(Atto(base_fee)) = base_fee {
            context.base_fee = base_fee;
        }
        if let Some(chain_id) = chain_id {
            context.chain_id = chain_id;
        }
        if let Some(Atto(supply)) = circulating_supply {
            context.circulating_supply = supply;
        }
        if let Some(version) = network_version {
            context.network_version = NetworkVersion::new(version);
        }
    }
}

/// A scenario on its way.
struct Run {
    executor: Executor,
    store: Arc<Layered>,
    /// The state before the next step.
    root: Cid,
}

impl Run {
    /// Applies a message and compares all that it did. The outer error means that the machine
    /// gave up.
    fn step(&mut self, step: &Step) -> Result<Result<(), Box<Difference>>> {
        if let Some(change) = &step.set_env {
            let mut context = self.executor.context().clone();
            change.change(&mut context);
            self.executor.set_context(context)?;
        }
        let message = Message::from(&step.message);
        let kind = match step.kind {
            Kind::Explicit => ApplyKind::Explicit,
            Kind::Implicit => ApplyKind::Implicit,
        };
        let applied = self.executor.apply(&message, kind, step.raw_length)?;
        let before = std::mem::replace(&mut self.root, self.executor.flush()?);

        let compared = match step.expect.compare_receipt(&applied) {
            Ok(()) => self.compare_state(&before, &step.expect)?,
            Err(difference) => Err(difference),
        };
        Ok(compared.map_err(|mut difference| {
            difference
                .notes
                .extend(applied.failure.iter().map(describe_failure));
            difference
        }))
    }

    fn compare_state(&self, before: &Cid, expect: &Expect) -> Result<Result<(), Box<Difference>>> {
        let changes = state_diff::diff(&*self.store, before, &self.root)?;
        let manifest = self.executor.manifest();
        if let Err(difference) = compare_actors(&expect.actors, &changes, manifest) {
            return Ok(Err(difference));
        }
        for (id, expected) in &expect.evm {
            let Some(entry) = changes.get(id).and_then(|change| change.after.as_ref()) else {
                anyhow::bail!("the vector has contract f0{id}, but not among the actors");
            };
            let got = self
                .contract(&entry.head)
                .with_context(|| format!("contract f0{id}"))?;
            if let Err(mut difference) = expected.compare(&got) {
                difference.field = format!("contract f0{id} {}", difference.field);
                return Ok(Err(difference));
            }
        }
        Ok(same(
            "state root",
            &Plain(expect.state_root.0),
            &Plain(self.root),
        ))
    }

    fn contract(&self, head: &Cid) -> Result<GotContract> {
        let state = contract::Contract::load(&*self.store, head)?;
        let slots = hex_slots(contract::slots(&*self.store, &state.storage)?);
        let transient = match &state.transient {
            Some((root, _)) => Some(hex_slots(contract::slots(&*self.store, root)?)),
            None => None,
        };
        Ok(GotContract {
            state,
            slots,
            transient,
        })
    }
}

type HexSlots = BTreeMap<String, String>;

fn hex_slots(slots: BTreeMap<Word, Word>) -> HexSlots {
    slots
        .into_iter()
        .map(|(key, value)| (key.to_hex(), value.to_hex()))
        .collect()
}

struct GotContract {
    state: contract::Contract,
    slots: HexSlots,
    transient: Option<HexSlots>,
}

impl Expect {
    fn compare_receipt(&self, applied: &Applied) -> Result<(), Box<Difference>> {
        let Applied {
            receipt,
            return_codec,
            events,
            fees,
            ..
        } = applied;
        same("exit code", &self.exit_code, &receipt.exit_code.value())?;
        same("return", &self.returned, &Hex(receipt.return_data.to_vec()))?;
        same("return codec", &self.return_codec, return_codec)?;
        same("gas used", &self.gas_used, &receipt.gas_used)?;
        same("gas burned", &self.gas_burned, &fees.gas_burned)?;
        for (name, expected, got) in [
            (
                "base fee burn",
                self.base_fee_burn.as_ref(),
                fees.base_fee_burn,
            ),
            (
                "over-estimation burn",
                self.over_estimation_burn.as_ref(),
                fees.over_estimation_burn,
            ),
            ("miner tip", Some(&self.miner_tip), fees.miner_tip),
            ("penalty", Some(&self.penalty), fees.penalty),
            ("refund", Some(&self.refund), fees.refund),
        ] {
            let expected = expected
                .map(|Atto(amount)| amount.clone())
                .unwrap_or_default();
            same(name, expected.atto(), got.to_token().atto())?;
        }
        compare_events(&self.events, events)?;
        let expected = self.events_root.map(|CidText(cid)| Plain(cid));
        same("events root", &expected, &receipt.events_root.map(Plain))
    }
}

fn compare_events(expected: &[Event], got: &[StampedEvent]) -> Result<(), Box<Difference>> {
    let got: Vec<Event> = got.iter().map(Event::from).collect();
    same("number of events", &expected.len(), &got.len())?;
    for (index, (expected, got)) in expected.iter().zip(&got).enumerate() {
        same(format!("event {index}"), expected, got)?;
    }
    Ok(())
}

impl From<&StampedEvent> for Event {
    fn from(stamped: &StampedEvent) -> Self {
        let entries = stamped.event.entries.iter().map(|entry| EventEntry {
            flags: entry.flags.bits(),
            key: entry.key.clone(),
            codec: entry.codec,
            value: Hex(entry.value.clone()),
        });
        Self {
            emitter: stamped.emitter,
            entries: entries.collect(),
        }
    }
}

/// The actors that changed are exactly those expected, and each is as expected.
fn compare_actors(
    expected: &BTreeMap<ActorID, Option<Actor>>,
    changes: &BTreeMap<ActorID, ActorChange>,
    manifest: &Manifest,
) -> Result<(), Box<Difference>> {
    for (id, expected) in expected {
        let Some(change) = changes.get(id) else {
            same(format!("actor f0{id}"), "changed", "not changed")?;
            continue;
        };
        match (expected, &change.after) {
            (None, None) => {}
            (Some(expected), Some(got)) => {
                let code = name_of(manifest, &got.code);
                same(format!("actor f0{id} code"), expected.code.as_str(), &code)?;
                same(
                    format!("actor f0{id} sequence"),
                    &expected.sequence.0,
                    &got.sequence,
                )?;
                let (balance, address) = (&expected.balance.0, expected.delegated_address);
                same(
                    format!("actor f0{id} balance"),
                    balance.atto(),
                    got.balance.atto(),
                )?;
                let address = address.map(|AddressText(address)| Plain(address));
                let got_address = got.delegated.map(Plain);
                same(
                    format!("actor f0{id} delegated address"),
                    &address,
                    &got_address,
                )?;
                same(
                    format!("actor f0{id} head"),
                    &Plain(expected.head.0),
                    &Plain(got.head),
                )?;
            }
            (None, Some(_)) => same(format!("actor f0{id}"), "deleted", "there")?,
            (Some(_), None) => same(format!("actor f0{id}"), "there", "deleted")?,
        }
    }
    for id in changes.keys().filter(|id| !expected.contains_key(id)) {
        same(format!("actor f0{id}"), "not changed", "changed")?;
    }
    Ok(())
}

impl Contract {
    fn compare(&self, got: &GotContract) -> Result<(), Box<Difference>> {
        let GotContract {
            state,
            slots,
            transient,
        } = got;
        same("bytecode", &Plain(self.bytecode.0), &Plain(state.bytecode))?;
        same(
            "bytecode hash",
            &self.bytecode_hash,
            &Hex(state.bytecode_hash.clone()),
        )?;
        same("nonce", &self.nonce, &state.nonce)?;
        same("tombstone", &self.tombstone, &state.tombstone)?;
        same("number of slots", &self.slot_count, &slots.len())?;
        if let Some(expected) = &self.slots {
            same("slots", expected, slots)?;
        }
        same(
            "storage root",
            &Plain(self.contract_state.0),
            &Plain(state.storage),
        )?;
        let expected = self.transient.as_ref();
        let expected_life = expected.map(|transient| transient.lifespan);
        same(
            "transient lifespan",
            &expected_life,
            &state.transient.map(|(_, life)| life),
        )?;
        same(
            "transient slots",
            &expected.map(|transient| &transient.slots),
            &transient.as_ref(),
        )?;
        let expected_root = expected.map(|transient| Plain(transient.root.0));
        same(
            "transient root",
            &expected_root,
            &state.transient.map(|(root, _)| Plain(root)),
        )
    }
}
