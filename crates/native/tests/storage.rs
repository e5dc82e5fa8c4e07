//! Stories of storage, told by a seed: miners, sectors, proofs, faults, deals and datacap over
//! thousands of epochs.
//!
//! Told natively, every promise of the actors' states must hold and no FIL may appear or
//! disappear. Told on two chains at once, the other of which runs the actors of an official
//! bundle on our Wasm engine, everything that can be seen must be the same after each message:
//! exit code, return, events, balances and heads. Proofs are judged by a stand-in on both.
//!
//! A seed is a whole bug report: `ATOLL_SEED=7 cargo test -p atoll-native --test storage`. More:
//! `ATOLL_SEEDS` stories, of `ATOLL_EPOCHS` epochs each. With `ATOLL_GAS_LINES` every successful message
//! prints its actor, method, size of parameters, and gas on both sides: what `gas::storage` is fitted to.

#[path = "storage/car.rs"]
mod car;
#[path = "storage/chain.rs"]
mod chain;
#[path = "storage/deals.rs"]
mod deals;
#[path = "storage/explain.rs"]
mod explain;
#[path = "storage/miners.rs"]
mod miners;
#[path = "storage/random.rs"]
mod random;
#[path = "storage/story.rs"]
mod story;
#[path = "storage/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;

use atoll_actors::Policy;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::sector::RegisteredPoStProof;
use story::{Story, Telling};

/// More than Wasm and the decoding of deep states take.
const STACK_BYTES: usize = 64 << 20;

#[test]
fn promises_hold_whatever_happens() {
    let told = tell(&Plan {
        telling: &|seed| Telling {
            policy: Policy::dev(),
            post_proofs: vec![
                RegisteredPoStProof::StackedDRGWindow2KiBV1P1,
                RegisteredPoStProof::StackedDRGWindow32GiBV1P1,
            ],
            miners_max: 3 + (seed % 4) as usize,
            messages_max: 4,
            mistakes: seed % 2 == 0,
            check_every: 4,
        },
        bundle: None,
        seeds: 4,
        epochs: 500,
    });
    // Stories in which nothing succeeds would prove nothing.
    for method in [
        "CreateMiner",
        "PreCommitSectorBatch2",
        "ProveCommitSectors3",
        "ProveCommitSectorsNI",
        "ProveReplicaUpdates3",
        "SubmitWindowedPoSt",
        "DisputeWindowedPoSt",
        "DeclareFaults",
        "DeclareFaultsRecovered",
        "TerminateSectors",
        "CompactPartitions",
        "ExtendSectorExpiration2",
        "PublishStorageDeals",
        "SettleDealPayments",
    ] {
        let succeeded = told.get(method).copied().unwrap_or_default();
        assert!(succeeded > 0, "{method} never succeeded: {told:?}");
    }
}

#[test]
fn as_the_official_actors() {
    compare("ATOLL_BUNDLE", &|seed| Telling {
        policy: Policy::mainnet(),
        post_proofs: vec![
            RegisteredPoStProof::StackedDRGWindow32GiBV1P1,
            RegisteredPoStProof::StackedDRGWindow64GiBV1P1,
        ],
        miners_max: 3 + (seed % 4) as usize,
        messages_max: 8,
        mistakes: seed % 3 != 0,
        check_every: 50,
    });
}

/// The bundle that its makers test with has sectors of 2 KiB, of which two make a partition.
#[test]
fn as_the_official_actors_with_small_sectors() {
    compare("ATOLL_BUNDLE_TESTING", &|seed| Telling {
        policy: testing(),
        post_proofs: vec![
            RegisteredPoStProof::StackedDRGWindow2KiBV1P1,
            RegisteredPoStProof::StackedDRGWindow32GiBV1P1,
        ],
        miners_max: 3 + (seed % 4) as usize,
        messages_max: 8,
        mistakes: seed % 3 != 0,
        check_every: 50,
    });
}

/// The policy of `builtin-actors-testing`: mainnet's, for small sectors, whose proofs are those of the
/// dev policy too.
fn testing() -> Policy {
    let dev = Policy::dev();
    Policy {
        pre_commit_challenge_delay: 10,
        consensus_power_min: 2 << 10,
        allocation_size_min: 256,
        provider_collateral_supply_share_num: 0,
        post_proofs: dev.post_proofs,
        pre_commit_proofs: dev.pre_commit_proofs,
        ni_proofs: dev.ni_proofs,
        ..Policy::mainnet()
    }
}

fn compare(variable: &str, telling: &(dyn Fn(u64) -> Telling + Sync)) {
    let Some(path) = std::env::var_os(variable).map(PathBuf::from) else {
        eprintln!("skipped: {variable} names no bundle to compare with");
        return;
    };
    let bundle = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    tell(&Plan {
        telling,
        bundle: Some(&bundle),
        seeds: 1,
        epochs: 3_000,
    });
}

struct Plan<'a> {
    telling: &'a (dyn Fn(u64) -> Telling + Sync),
    bundle: Option<&'a [u8]>,
    seeds: u64,
    epochs: ChainEpoch,
}

/// Tells the stories, and returns how often each method succeeded.
fn tell(plan: &Plan<'_>) -> BTreeMap<String, u64> {
    let variable = |name: &str| {
        let value = std::env::var(name).ok();
        value.map(|value| value.parse::<u64>().expect("a number"))
    };
    let seeds = match variable("ATOLL_SEED") {
        Some(first) => first..first + variable("ATOLL_SEEDS").unwrap_or(1),
        None => 1..1 + variable("ATOLL_SEEDS").unwrap_or(plan.seeds),
    };
    let epochs = variable("ATOLL_EPOCHS").map_or(plan.epochs, |epochs| epochs as i64);
    let mut succeeded = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in seeds {
        let told = std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || {
                    let mut story = Story::begin(seed, (plan.telling)(seed), plan.bundle);
                    story.tell(epochs);
                    story
                })
                .expect("a thread")
                .join()
        });
        let Ok(story) = told else {
            failed.push(seed);
            continue;
        };
        println!("seed {seed}: {}", story.summary());
        for ((_, method), codes) in &story.world.ended {
            let count = codes.get(&0).copied().unwrap_or_default();
            *succeeded.entry(method.clone()).or_default() += count;
        }
    }
    assert!(failed.is_empty(), "seeds {failed:?} failed");
    succeeded
}
