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

use cid::Cid;

pub use compare::{Depth, Difference};
pub use files::{Error, Genesis};
pub use format::Scenario;
use format::{Step, StepKind};
use machine::Machine;

use crate::kinds::ActorKind;

/// How to replay.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Actors to play from the recording, besides those that there are none of.
    pub play: &'a [ActorKind],
    /// How much of each message's outcome must match.
    pub depth: Depth,
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
    let mut messages = 0;
    for (index, step) in scenario.steps.iter().enumerate() {
        let Some((mut difference, words)) = run_step(&mut machine, step, options, &mut messages)?
        else {
            continue;
        };
        if let Some(heads) = difference.heads {
            difference.below = explain::heads(heads, &machine, &expected_blocks()?);
        }
        return Ok(Outcome::Failed(Box::new(Failure {
            step: index,
            difference,
            words,
        })));
    }
    match check_final_root(scenario, &machine, options)? {
        None => Ok(Outcome::Passed {
            messages,
            played: machine.played(),
        }),
        Some(difference) => {
            let step = scenario.steps.len();
            Ok(Outcome::Failed(Box::new(Failure {
                step,
                difference,
                words: None,
            })))
        }
    }
}

type Finding = Option<(Difference, Option<String>)>;

fn run_step(
    machine: &mut Machine,
    step: &Step,
    options: Options<'_>,
    messages: &mut usize,
) -> Result<Finding, Error> {
    match step.kind()? {
        StepKind::SetEpoch(epoch) => machine.epoch = epoch,
        StepKind::SetCirculatingSupply(supply) => machine.circulating_supply = supply.clone(),
        StepKind::SetBaseFee(fee) => machine.base_fee = fee.clone(),
        StepKind::SetTimestamp(timestamp) => machine.timestamp = timestamp,
        StepKind::SetActor(actor) => machine.set_actor(actor)?,
        StepKind::OverridePrimitive(rule) => machine.empty_commds = rule.empty_by_seal_proof()?,
        StepKind::Message(message, expected) => {
            *messages += 1;
            let outcome = machine.apply(message, Some(expected))?;
            let difference = compare::message(expected, &outcome, options.depth)?;
            return Ok(difference.map(|difference| (difference, outcome.words)));
        }
    }
    Ok(None)
}

fn check_final_root(
    scenario: &Scenario,
    machine: &Machine,
    options: Options<'_>,
) -> Result<Option<Difference>, Error> {
    let Some(expected) = scenario.final_state_root else {
        return Ok(None);
    };
    if options.depth != Depth::All {
        return Ok(None);
    }
    let got: Cid = machine.table_root()?;
    Ok((got != expected).then(|| Difference::plain("final_state_root", expected, got)))
}
