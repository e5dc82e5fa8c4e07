//! Scenarios of the storage and other built-in actors (`vectors/actors/README.md`).
//!
//! They were recorded from the actors alone, without a machine: gas, fees and state trees have
//! no part in them. So they test the native actors and need no bundle. The replayer lives beside
//! those actors; here its answer becomes a verdict.

use std::path::Path;

use anyhow::Result;
use atoll_actors::replay::{self, Failure, Options, Scenario, files};

use super::lab::Lab;
use super::report::{Difference, Outcome};

/// Replays a scenario on the native actors.
pub fn run(lab: &Lab, scenario: &Scenario, path: &Path) -> Result<Outcome> {
    let genesis = lab.actors_genesis(path)?;
    let blocks = || files::blocks_of(path);
    Ok(
        match replay::run(scenario, &genesis, Options::default(), blocks)? {
            replay::Outcome::Passed { messages, played } if played.is_empty() => Outcome::Passed {
                steps: messages,
                gas: Vec::new(),
            },
            // The replayer plays them from the recording, so this shows nothing about them.
            replay::Outcome::Passed { played, .. } => {
                let names: Vec<&str> = played.iter().map(|kind| kind.name()).collect();
                let names = names.join(", ");
                Outcome::Skipped(format!("there is no native actor yet for: {names}"))
            }
            replay::Outcome::Failed(failure) => Outcome::Failed(difference(*failure)),
        },
    )
}

fn difference(failure: Failure) -> Box<Difference> {
    let Failure {
        step,
        difference,
        words,
    } = failure;
    let mut notes = difference.below;
    notes.extend(words.map(|words| format!("our actor says: {words}")));
    Box::new(Difference {
        step: Some(format!("step {step}")),
        field: difference.field,
        expected: difference.expected,
        got: difference.got,
        notes,
    })
}
