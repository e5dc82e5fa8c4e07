//! Replays recorded scenarios of the built-in actors and says where ours differ.
//!
//! A scenario is a list of steps, recorded from the official actors on a small machine of their
//! test suite: `vectors/actors/README.md` describes the format, and how that machine behaves.
//! [`machine`] behaves like it; [`compare`] checks each message against what was recorded; where
//! a head differs and the recorded blocks are at hand, [`explain`] finds what differs below it.

pub mod compare;
pub mod explain;
pub mod files;
pub mod format;
mod host;
pub mod machine;
mod play;
mod primitives;

use std::collections::BTreeSet;

pub use compare::Difference;
pub use files::{Error, Genesis};
pub use format::Scenario;
use format::{Step, StepKind};
use machine::Machine;

use crate::check_state::check_state;
use crate::kinds::ActorKind;

/// How to replay.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Actors to play from the recording, besides those that there are none of.
    pub play: &'a [ActorKind],
}

/// How a replay went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All that was compared matches.
    Passed {
        /// How many messages were executed.
        messages: usize,
        /// The actors that were played from the recording, and so not tried at all.
        played: BTreeSet<ActorKind>,
    },
    /// Something differs. What comes after it was not tried, for it would follow from it.
    Failed(Box<Failure>),
}

/// Where a replay went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step, from 0; the number of steps if it is the final state.
    pub step: usize,
    /// What differs there.
    pub difference: Difference,
    /// What the actor that failed had to say, if one did.
    pub words: Option<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "step {}: {}", self.step, self.difference)?;
        match &self.words {
            Some(words) => write!(f, "\n  our actor says: {words}"),
            None => Ok(()),
        }
    }
}

/// Replays a scenario. `expected_blocks` is asked for the blocks behind the recorded heads once a
/// head differs; it may have none.
///
/// # Errors
/// If the scenario asks for something unknown or its genesis is another one.
pub fn run(
    scenario: &Scenario,
    genesis: &Genesis,
    options: Options<'_>,
    expected_blocks: impl FnOnce() -> Result<files::Blocks, Error>,
) -> Result<Outcome, Error> {
    genesis.check(scenario)?;
    let mut machine = Machine::new(genesis, options.play)?;
    for (index, step) in scenario.steps.iter().enumerate() {
        if let Some(mut failure) = run_step(&mut machine, index, step)? {
            if let Some(heads) = failure.difference.heads {
                failure.difference.below = explain::heads(heads, &machine, &expected_blocks()?);
            }
            return Ok(Outcome::Failed(Box::new(failure)));
        }
    }
    let found = match check_final_root(scenario, &machine)? {
        Some(difference) => Some(difference),
        None => check_invariants(&machine)?,
    };
    if let Some(difference) = found {
        let failure = Failure {
            step: scenario.steps.len(),
            difference,
            words: None,
        };
        return Ok(Outcome::Failed(Box::new(failure)));
    }
    let messages = scenario
        .steps
        .iter()
        .filter(|step| step.is_message())
        .count();
    Ok(Outcome::Passed {
        messages,
        played: machine.played(),
    })
}

/// The first promise that an actor's state does not keep in the end.
fn check_invariants(machine: &Machine) -> Result<Option<Difference>, Error> {
    let broken = check_state(&machine.snapshot()).map_err(|e| Error::Machine(e.to_string()))?;
    let first = broken.into_iter().next();
    Ok(first.map(|words| Difference::plain("invariants", "all hold", words)))
}

fn run_step(machine: &mut Machine, index: usize, step: &Step) -> Result<Option<Failure>, Error> {
    match step.kind()? {
        StepKind::SetEpoch(epoch) => machine.epoch = epoch,
        StepKind::SetCirculatingSupply(supply) => machine.circulating_supply = supply.clone(),
        StepKind::SetBaseFee(fee) => machine.base_fee = fee.clone(),
        StepKind::SetTimestamp(timestamp) => machine.timestamp = timestamp,
        StepKind::SetActor(actor) => machine.set_actor(actor)?,
        StepKind::OverridePrimitive(rule) => machine.empty_commds = rule.empty_by_seal_proof()?,
        StepKind::Message(message, expected) => {
            let applied = machine.apply(message, Some(expected))?;
            let difference = compare::message(expected, &applied)?;
            let words = applied.words;
            return Ok(difference.map(|difference| Failure {
                step: index,
                difference,
                words,
            }));
        }
    }
    Ok(None)
}

fn check_final_root(scenario: &Scenario, machine: &Machine) -> Result<Option<Difference>, Error> {
    let got = machine.table_root()?;
    let differs = scenario
        .final_state_root
        .filter(|expected| *expected != got);
    Ok(differs.map(|expected| Difference::plain("final_state_root", expected, got)))
}
