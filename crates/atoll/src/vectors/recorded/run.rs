//! Runs a scenario and compares everything that the machine did.
//!
//! Without a bundle it runs on the native actors. These count gas in a way of their own, so gas is
//! left out there, and with it all that follows from it: fees, the balances of those who pay and
//! get them, and the state root. Scenarios may also depend on gas in ways that no field shows
//! ([`depends_on_metering`]).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use atoll_vm::{Applied, ApplyKind, Context, Executor, Fees, Manifest};
use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::error::ExitCode;
use fvm_shared::event::StampedEvent;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;

use super::{Actor, Contract, Event, EventEntry, Expect, Kind, Scenario, SetEnv, Step};
use crate::contract::{self, Word};
use crate::state_diff::{self, ActorChange};
use crate::store::Layered;
use crate::vectors::json::{AddressText, Atto, CidText, Hex};
use crate::vectors::lab::{Lab, Opened};
use crate::vectors::report::{Difference, Outcome, Plain, StepGas, same};
use crate::vectors::roots::name_of;
use atoll_chain::surroundings::HashedChain;

/// Runs a scenario on the genesis that lies beside it or above.
pub fn run(lab: &Lab, scenario: &Scenario, path: &Path) -> Result<Outcome> {
    let genesis = lab.genesis(path, &scenario.genesis_root.0)?;
    let root = scenario.genesis_root.0;
    let (context, chain) = (context(scenario), Arc::new(HashedChain));
    let natively = !lab.has_bundles() && native_can(scenario);
    let (executor, store) = if natively {
        lab.open_natively(context, &genesis, root, chain)?
    } else {
        match lab.open(context, &genesis, root, chain)? {
            Opened::Ready(executor, store) => (executor, store),
            Opened::Unable(reason) => return Ok(Outcome::Skipped(reason)),
        }
    };
    let mut run = Run {
        executor: *executor,
        store,
        root,
        metering: if natively {
            Metering::Own
        } else {
            Metering::Official
        },
        gas: Vec::new(),
    };
    for (index, step) in scenario.steps.iter().enumerate() {
        let at = || format!("step {index} {:?}", step.label);
        let difference = match run.step(step).with_context(at)? {
            Ok(()) => continue,
            Err(difference) => difference.at_step(at()),
        };
        if natively && depends_on_metering(scenario) {
            return Ok(Outcome::Skipped(METERED.to_owned()));
        }
        return Ok(Outcome::Failed(difference));
    }
    Ok(Outcome::Passed {
        steps: scenario.steps.len(),
        gas: run.gas,
    })
}

/// Do the native actors answer as those that the scenario was recorded with?
fn native_can(scenario: &Scenario) -> bool {
    scenario.actors.starts_with("v18-") && scenario.network_version == 28
}

const METERED: &str =
    "depends on the metering of the official actors' Wasm; it needs their --bundle";

/// May what a scenario observes depend on how gas is counted? It then reads the gas that is left,
/// runs into limits, or counts how deep 63 parts of 64 let calls nest (`vectors/README.md`).
/// Such a scenario runs natively all the same, and is skipped only if something differs.
fn depends_on_metering(scenario: &Scenario) -> bool {
    const NAMES: [&str; 4] = [
        "create_depth",
        "create_gas",
        "env_gas_opcode",
        "env_implicit",
    ];
    const PREFIXES: [&str; 2] = ["call_gas_", "depth_"];
    let ran_dry = |step: &Step| {
        let expect = &step.expect;
        (expect.exit_code == ExitCode::SYS_OUT_OF_GAS.value() && expect.gas_used > 0)
            || expect.calls.iter().any(|call| call.ends_with(" =7"))
    };
    scenario.group == "gas"
        || NAMES.contains(&scenario.name.as_str())
        || PREFIXES
            .iter()
            .any(|prefix| scenario.name.starts_with(prefix))
        || scenario.steps.iter().any(ran_dry)
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
    metering: Metering,
    /// What the messages so far cost.
    gas: Vec<StepGas>,
}

/// How gas is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metering {
    /// As when the scenario was recorded: everything is compared.
    Official,
    /// In a way of our own.
    Own,
}

/// The actor that block rewards and tips go through.
const REWARD_ACTOR: ActorID = 2;
/// The actor that what is burnt goes to.
const BURNT_FUNDS_ACTOR: ActorID = 99;

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

        let compared = match step.expect.compare_receipt(&applied, self.metering) {
            Ok(()) => {
                let by_gas = self.holders_by_gas(&message)?;
                self.compare_state(&before, &step.expect, &by_gas)?
            }
            Err(difference) => Err(difference),
        };
        if step.expect.gas_used > 0 {
            self.gas.push(StepGas {
                step: step.label.clone(),
                official: step.expect.gas_used,
                ours: applied.receipt.gas_used,
            });
        }
        Ok(compared.map_err(|mut difference| {
            difference
                .notes
                .extend(applied.failure.iter().map(ToString::to_string));
            difference
        }))
    }

    /// The actors whose balances follow from gas that is not compared.
    fn holders_by_gas(&mut self, message: &Message) -> Result<Vec<ActorID>> {
        Ok(match self.metering {
            Metering::Official => Vec::new(),
            Metering::Own => {
                let sender = self.executor.state().resolve(&message.from)?;
                let fees = [REWARD_ACTOR, BURNT_FUNDS_ACTOR];
                sender.into_iter().chain(fees).collect()
            }
        })
    }

    fn compare_state(
        &self,
        before: &Cid,
        expect: &Expect,
        by_gas: &[ActorID],
    ) -> Result<Result<(), Box<Difference>>> {
        let changes = state_diff::diff(&*self.store, before, &self.root)?;
        let manifest = self.executor.manifest();
        if let Err(difference) = compare_actors(&expect.actors, &changes, manifest, by_gas) {
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
        if self.metering == Metering::Own {
            return Ok(Ok(()));
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
    fn compare_receipt(
        &self,
        applied: &Applied,
        metering: Metering,
    ) -> Result<(), Box<Difference>> {
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
        // A message that was not admitted is charged by the network's prices alone.
        if metering == Metering::Official || self.gas_used == 0 {
            same("gas used", &self.gas_used, &receipt.gas_used)?;
            self.compare_fees(fees)?;
        }
        compare_events(&self.events, events)?;
        let expected = self.events_root.map(|CidText(cid)| Plain(cid));
        same("events root", &expected, &receipt.events_root.map(Plain))
    }

    fn compare_fees(&self, fees: &Fees) -> Result<(), Box<Difference>> {
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
        Ok(())
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

/// The actors that changed are exactly those expected, and each is as expected; only the balances
/// of those in `by_gas` are not looked at.
fn compare_actors(
    expected: &BTreeMap<ActorID, Option<Actor>>,
    changes: &BTreeMap<ActorID, ActorChange>,
    manifest: &Manifest,
    by_gas: &[ActorID],
) -> Result<(), Box<Difference>> {
    // A fee may be nothing in one way of counting, and then its holder does not change.
    let only_fees =
        |id: &ActorID| by_gas.contains(id) && [REWARD_ACTOR, BURNT_FUNDS_ACTOR].contains(id);
    for (id, expected) in expected {
        let Some(change) = changes.get(id) else {
            if only_fees(id) {
                continue;
            }
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
                if !by_gas.contains(id) {
                    same(
                        format!("actor f0{id} balance"),
                        balance.atto(),
                        got.balance.atto(),
                    )?;
                }
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
    let unexpected = |id: &&ActorID| !expected.contains_key(id) && !only_fees(id);
    for id in changes.keys().filter(unexpected) {
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
