//! Scenarios of the storage and other built-in actors (`vectors/actors/README.md`).
//!
//! They were recorded from the actors alone, without a machine: gas, fees and state trees have
//! no part in them. So they test the native actors, not a bundle.

use serde::Deserialize;

use super::report::Outcome;

/// What this program must know of a scenario.
#[derive(Debug, Deserialize)]
pub struct Scenario {
    /// What it calls itself.
    pub name: String,
    /// Which subject it belongs to.
    pub area: String,
    /// The actors that it was recorded with.
    pub actors: String,
    /// The state before the first step.
    pub genesis: String,
    /// The steps, each with one key.
    pub steps: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// Runs a scenario.
#[must_use]
pub fn run(_scenario: &Scenario) -> Outcome {
    Outcome::Skipped(
        "it tests the native storage actors, which this build does not have".to_owned(),
    )
}
