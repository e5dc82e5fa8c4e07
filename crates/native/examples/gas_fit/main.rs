//! Fits the gas figures of native code to the recorded scenarios.
//!
//! ```text
//! cargo run -p atoll-native --example gas_fit             # the figures, and how well they do
//! cargo run -p atoll-native --example gas_fit -- --counts # what they are fitted to, as JSON
//! cargo run -p atoll-native --example gas_fit -- DIR ...  # to the scenarios of these folders
//! ```
//!
//! Every recorded message that we execute with the recorded outcome is one equation: what the
//! machine charged at the network's prices, plus what was done ([`count`]) times the figures
//! sought, is the gas that was recorded. [`fit`] finds the figures. They are then rounded and
//! copied by hand into `evm/gas.rs` and `gas.rs` of `atoll-actors`, whose tables say of each
//! where it comes from; `atoll vectors --gas-report` tells what came of it.

#![expect(
    clippy::float_arithmetic,
    reason = "figures for people: nothing of this runs on a chain"
)]

mod count;
mod fit;
#[path = "../../tests/recorded/scenario.rs"]
#[expect(dead_code, reason = "the test compares; here only messages count")]
mod scenario;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use atoll_testkit::genesis::VECTORS;
use count::{Counter, Message};

/// Scenarios of `vectors/solidity` that no figure is fitted to, so that they tell how near the
/// figures come to what they have not seen.
const HELD_OUT: &[&str] = &[
    "beacon",
    "council",
    "drop",
    "enumerable",
    "forwarder",
    "lending",
    "makers",
    "nodes",
    "precompiles",
    "sorts",
    "staking",
    "treasury",
    "writes",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (options, folders): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let counts = options.iter().any(|option| option == "--counts");
    let mut folders: Vec<PathBuf> = folders.into_iter().map(PathBuf::from).collect();
    if folders.is_empty() {
        folders = ["fevm", "core", "solidity"]
            .map(|folder| Path::new(VECTORS).join(folder))
            .into();
    }
    let mut messages = Vec::new();
    for folder in folders {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        for file in files {
            messages.extend(replay(file)?);
        }
    }
    if counts {
        for message in &messages {
            println!("{}", message.to_json());
        }
    } else {
        messages.retain(|message| !HELD_OUT.contains(&message.scenario.as_str()));
        fit::print(&messages);
    }
    Ok(())
}

/// Runs a scenario, on a thread whose stack has room for a thousand nested calls.
fn replay(file: PathBuf) -> Result<Vec<Message>, Box<dyn std::error::Error>> {
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let thread = std::thread::Builder::new().stack_size(atoll_vm::executor::STACK_BYTES);
    let run = move || {
        let counter = Arc::new(Counter::default());
        let mut messages = Vec::new();
        scenario::replay_observed(&file, Some(counter.clone()), |step, applied| {
            messages.push(counter.message(&name, step, applied));
        });
        messages
    };
    let messages = thread.spawn(run)?.join().map_err(|_| "a replay panicked")?;
    Ok(messages)
}
