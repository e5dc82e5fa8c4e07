//! The two sides: the same messages on the same state, once with the official bundle in Wasm,
//! once with the native actors in its place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, ensure};
use atoll::bundle::Bundle;
use atoll::state_diff::{self, ActorChange};
use atoll::store::{Frozen, Layered};
use atoll::{car, engine, file};
use atoll_actors::Policy;
use atoll_chain::surroundings::{Believer, HashedChain};
use atoll_native::NativeRunner;
use atoll_vm::trace::TraceEvent;
use atoll_vm::{Applied, Context, Executor, Runner, Setup};
use cid::Cid;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::version::NetworkVersion;

use super::plan::{EPOCH, Genesis, Step};

/// What every case starts from.
pub(crate) struct Lab {
    wasm: Arc<dyn Runner>,
    native: Arc<dyn Runner>,
    layers: [Arc<Frozen>; 2],
    pub(crate) root: Cid,
}

/// How the sides of a case differ.
#[derive(Debug)]
pub(crate) struct Found {
    /// At which message.
    pub(crate) step: usize,
    /// In what.
    pub(crate) words: String,
}

/// How a case went.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The sides agree.
    Same,
    /// Some call ran out of gas, which each side counts in its own way; up to there they agree.
    OutOfGas,
    /// The sides differ.
    Differs(Found),
}

impl Lab {
    pub(crate) fn new(vectors: &Path, bundle: &Path) -> Result<Self> {
        let genesis = Genesis::load(vectors)?;
        let blocks = car::read(&file::read(&vectors.join("genesis.car.gz"))?)?;
        let bundle = Bundle::open(bundle)?;
        let codes = genesis.codes()?;
        ensure!(
            codes
                .iter()
                .all(|(name, code)| bundle.code_of(name) == Some(*code)),
            "the genesis runs on another bundle: v18 of mainnet is asked for"
        );
        let named = codes.iter().map(|(name, code)| (name.as_str(), *code));
        Ok(Self {
            wasm: engine::runner(1)?,
            native: Arc::new(NativeRunner::new(Policy::mainnet()).standing_in(named)),
            layers: [Arc::new(Frozen::from_car(blocks)), bundle.blocks],
            root: genesis.root.parse().context("the genesis root")?,
        })
    }

    /// The side whose outcomes are the law.
    pub(crate) fn official(&self, tracing: bool) -> Result<Side> {
        self.side(&self.wasm, tracing)
    }

    fn native(&self, tracing: bool) -> Result<Side> {
        self.side(&self.native, tracing)
    }

    fn side(&self, runner: &Arc<dyn Runner>, tracing: bool) -> Result<Side> {
        let store = Arc::new(Layered::over(self.layers.clone()));
        let mut context = context(EPOCH);
        context.tracing = tracing;
        let executor = Executor::new(Setup {
            context,
            blockstore: store.clone(),
            root: self.root,
            externs: Arc::new(HashedChain),
            verifier: Arc::new(Believer),
            runner: runner.clone(),
        })?;
        Ok(Side {
            executor,
            store,
            root: self.root,
        })
    }

    /// Runs a case on both sides.
    pub(crate) fn compare(&self, steps: &[Step]) -> Result<Verdict> {
        let Some(found) = self.first_difference(steps, false)?.0 else {
            return Ok(Verdict::Same);
        };
        // Slower, but it shows what every single call ended with.
        let (_, out_of_gas) = self.first_difference(&steps[..=found.step], true)?;
        Ok(if out_of_gas {
            Verdict::OutOfGas
        } else {
            Verdict::Differs(found)
        })
    }

    /// Also: did any call, on either side, run out of gas?
    fn first_difference(&self, steps: &[Step], tracing: bool) -> Result<(Option<Found>, bool)> {
        let mut official = self.official(tracing)?;
        let mut native = self.native(tracing)?;
        let mut out_of_gas = false;
        for (index, step) in steps.iter().enumerate() {
            let official = official.apply(step)?;
            // Our own actors may not bring the machine down, whatever they are asked.
            let applied = catch_unwind(AssertUnwindSafe(|| native.apply(step)));
            let native = applied.unwrap_or_else(|_| Err(anyhow!("a panic")));
            let native = match native {
                Ok(native) => native,
                Err(error) => {
                    let words = format!("the native side gave up: {error:#}");
                    return Ok((Some(Found { step: index, words }), out_of_gas));
                }
            };
            out_of_gas |= ran_dry(&official.applied) || ran_dry(&native.applied);
            if let Some(words) = difference(&official, &native) {
                return Ok((Some(Found { step: index, words }), out_of_gas));
            }
        }
        Ok((None, out_of_gas))
    }
}

/// The surroundings of a message. There is no base fee, so that balances do not depend on gas.
pub(crate) fn context(epoch: i64) -> Context {
    const GENESIS_TIME: u64 = 1_780_000_000;
    let mut context = Context::new(NetworkVersion::V28);
    context.epoch = epoch;
    context.timestamp = GENESIS_TIME + (epoch - EPOCH).unsigned_abs() * 30;
    context.chain_id = 314;
    context.circulating_supply = TokenAmount::from_whole(700_000_000);
    context
}

/// One of the two.
pub(crate) struct Side {
    pub(crate) executor: Executor,
    pub(crate) store: Arc<Layered>,
    root: Cid,
}

/// What a message did.
pub(crate) struct Outcome {
    pub(crate) applied: Applied,
    pub(crate) changes: std::collections::BTreeMap<u64, ActorChange>,
    pub(crate) root: Cid,
}

impl Side {
    pub(crate) fn apply(&mut self, step: &Step) -> Result<Outcome> {
        if self.executor.context().epoch != step.epoch {
            let tracing = self.executor.context().tracing;
            let mut context = context(step.epoch);
            context.tracing = tracing;
            self.executor.set_context(context)?;
        }
        let applied = self
            .executor
            .apply(&step.message, step.kind, step.raw_length)?;
        let before = std::mem::replace(&mut self.root, self.executor.flush()?);
        Ok(Outcome {
            applied,
            changes: state_diff::diff(&*self.store, &before, &self.root)?,
            root: self.root,
        })
    }
}

fn ran_dry(applied: &Applied) -> bool {
    let dry = |event: &TraceEvent| matches!(event, TraceEvent::Return { code, .. } if *code == ExitCode::SYS_OUT_OF_GAS);
    applied.receipt.exit_code == ExitCode::SYS_OUT_OF_GAS || applied.trace.iter().any(dry)
}

/// The first thing in which the sides differ, if any.
fn difference(official: &Outcome, native: &Outcome) -> Option<String> {
    let why = |outcome: &Outcome| {
        let failure = outcome.applied.failure.as_ref();
        failure.map(ToString::to_string).unwrap_or_default()
    };
    let (one, other) = (&official.applied, &native.applied);
    let words = |what: &str, one: String, other: String| {
        Some(format!(
            "{what}: officially {one}, natively {other}; officially {:?}, natively {:?}",
            why(official),
            why(native)
        ))
    };
    if one.receipt.exit_code != other.receipt.exit_code {
        let codes = [one, other].map(|applied| applied.receipt.exit_code.to_string());
        let [one, other] = codes;
        return words("exit", one, other);
    }
    if one.receipt.return_data != other.receipt.return_data
        || one.return_codec != other.return_codec
    {
        let shown = |applied: &Applied| {
            format!(
                "{:?} {}",
                applied.return_codec,
                hex::encode(applied.receipt.return_data.bytes())
            )
        };
        return words("return", shown(one), shown(other));
    }
    if one.receipt.events_root != other.receipt.events_root {
        let both = one.events.iter().zip(&other.events);
        let same = both.take_while(|(one, other)| one == other).count();
        let shown = |applied: &Applied| {
            let events = &applied.events;
            format!("{} events, then {:?}", events.len(), events.get(same))
        };
        return words(&format!("events after {same}"), shown(one), shown(other));
    }
    if official.root == native.root {
        return None;
    }
    let ids = official.changes.keys().chain(native.changes.keys());
    for id in ids {
        let after = |outcome: &Outcome| outcome.changes.get(id).map(|change| change.after.clone());
        let (one, other) = (after(official), after(native));
        if one != other {
            return words(
                &format!("actor f0{id}"),
                format!("{one:?}"),
                format!("{other:?}"),
            );
        }
    }
    words(
        "state root",
        official.root.to_string(),
        native.root.to_string(),
    )
}
