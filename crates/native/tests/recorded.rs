//! The recorded scenarios, on native actors: everything but gas and what follows from it.
//!
//! `cargo test -p atoll-native --test recorded -- --nocapture` also shows how our gas compares.

mod recorded {
    pub(crate) mod scenario;
    mod watched;
}

use std::collections::BTreeMap;
use std::path::PathBuf;

use atoll_testkit::genesis::VECTORS;
use recorded::scenario::{self, Replay};

/// Scenarios that depend on the metering of the official Wasm (`vectors/README.md`): they read
/// the gas that is left, run into limits, or count on how deep 63/64 lets a recursion go.
const METERED: [&str; 12] = [
    "call_gas_child_out_of_gas",
    "depth_downDel",
    "depth_downWrite",
    "depth_pingpong",
    "env_gas_opcode",
    "env_implicit",
    "fp_call_actor_call_kinds",
    "fp_get_randomness",
    "oog_ladder_exact",
    "oog_ladder_transfer",
    "oog_nested",
    "storage_in_failed_calls",
];

fn scenarios(folder: &str) -> Vec<PathBuf> {
    let folder = format!("{}/{folder}", VECTORS);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the vectors are in the repository")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    files
}

fn name_of(path: &std::path::Path) -> &str {
    path.file_stem()
        .and_then(|name| name.to_str())
        .expect("a name")
}

/// Runs on a thread whose stack has room for a thousand nested calls.
fn replay(path: PathBuf) -> Replay {
    std::thread::Builder::new()
        .stack_size(atoll_vm::executor::STACK_BYTES)
        .spawn(move || scenario::replay(&path))
        .expect("a thread")
        .join()
        .expect("a replay does not panic")
}

fn check_folder(folder: &str) {
    let only = std::env::var("ATOLL_SCENARIO").ok();
    let mut failed = BTreeMap::new();
    let mut ratios = Vec::new();
    for path in scenarios(folder) {
        let name = name_of(&path).to_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let Replay { differences, gas } = replay(path);
        ratios.extend(gas.into_iter().map(|ratio| (ratio, name.clone())));
        if !differences.is_empty() && !METERED.contains(&&*name) {
            failed.insert(name, differences);
        }
    }
    ratios.sort();
    let at = |percent: usize| {
        ratios
            .get(ratios.len() * percent / 100)
            .map(|ratio| ratio.0)
    };
    println!(
        "{folder}: our gas in percent of the official: {:?} {:?} {:?} (5th, 50th, 95th percentile)",
        at(5),
        at(50),
        at(95)
    );
    for (name, differences) in &failed {
        println!("{name}:");
        for difference in differences {
            println!("    {difference}");
        }
    }
    assert!(
        failed.is_empty(),
        "{} scenarios of {folder} differ",
        failed.len()
    );
}

#[test]
fn contracts() {
    check_folder("fevm");
}

#[test]
fn other_actors() {
    check_folder("core");
}

#[test]
fn ordinary_contracts() {
    check_folder("solidity");
}

#[test]
fn what_the_fuzzer_found() {
    check_folder("regression");
}
