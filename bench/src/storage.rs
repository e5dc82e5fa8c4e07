//! The storage actors: natively, against crate `fvm` 4.8.4 with the official bundle.
//!
//! [`prepare`] makes a chain natively and says which messages come next; as the heads of all
//! actors are the same on both sides, the reference takes the same chain over with the official
//! code ([`prepare::Prepared::official`]). Every proof is believed on both sides. Messages are
//! implicit, so that no fees differ: in the end all heads and balances must be equal.

mod idle;
mod ours;
mod peer;
mod prepare;

use anyhow::Result;
use atoll_actors::Policy;
use clap::Subcommand;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::message::Message;
use multihash_codetable::{Code, MultihashDigest};

use crate::lines::Args;
use crate::measure::{self, Line, Measured, Stopwatch};
use prepare::{Prepared, Step};

/// What a process of its own does.
#[derive(Subcommand)]
pub enum Process {
    /// One measurement.
    Measure {
        side: Side,
        work: String,
        #[arg(long)]
        quick: bool,
    },
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Side {
    /// Atoll's native actors.
    Ours,
    /// The reference; of `growth-1m`, the small miner; of `idle-day`, mainnet's policy.
    Peer,
}

/// Every line of the benchmark.
const NAMES: [&str; 7] = [
    "pre-commit",
    "prove-commit",
    "window-post",
    "publish-deals",
    "cron-1000-miners",
    GROWTH,
    IDLE,
];
const GROWTH: &str = "growth-1m";
const IDLE: &str = "idle-day";
/// How many sectors the two miners of `growth-1m` have.
const GROWTH_SECTORS: (u64, u64) = (1_000_000, 1_000);

/// A virtual machine under measurement.
trait Vm {
    /// Goes on with another epoch.
    fn set_epoch(&mut self, epoch: ChainEpoch) -> Result<()>;
    /// Applies an implicit message; an error unless it succeeds.
    fn apply(&mut self, message: &Message) -> Result<()>;
    /// Writes the state.
    fn flush(&mut self) -> Result<()>;
    /// The head and the balance of an actor, if there is one.
    fn actor(&mut self, id: ActorID) -> Result<Option<String>>;
}

/// Measures all lines, or the one that is asked for.
pub fn run(args: &Args) -> Result<()> {
    crate::bundle()?;
    for name in args.choose(NAMES, |name| name)? {
        compare(name, args.quick)?;
    }
    Ok(())
}

fn compare(name: &str, quick: bool) -> Result<()> {
    let args = |side| {
        let mut args = vec!["storage-process", "measure", side, name];
        args.extend(quick.then_some("--quick"));
        args
    };
    let rounds = if quick { 1 } else { 3 };
    let (ours, peer) = measure::alternate(rounds, &args("ours"), &args("peer"))?;
    let each = |measured: &Measured| measured.cpu * 1e6 / measured.units as f64;
    let peer_name = match name {
        GROWTH => "a miner with 1,000 sectors",
        IDLE => "mainnet's policy",
        _ => "fvm 4.8.4",
    };
    Line {
        work: name,
        unit: "us CPU a message",
        ours: each(&ours),
        peer: each(&peer),
        peer_name,
        ratio: each(&peer) / each(&ours),
    }
    .print();
    measure::print_memory(name, &ours, &peer, peer_name);
    Ok(())
}

/// Does the work of one process.
pub fn process(process: Process) -> Result<()> {
    let Process::Measure { side, work, quick } = process;
    let measured = if work == GROWTH {
        let (large, small) = GROWTH_SECTORS;
        let large = if quick { large / 10 } else { large };
        growth(if side == Side::Ours { large } else { small })?
    } else if work == IDLE {
        idle::day(match side {
            Side::Ours => Policy::dev(),
            Side::Peer => Policy::mainnet(),
        })?
    } else {
        let prepared = Prepared::of(&work, quick)?;
        match side {
            Side::Ours => messages(&mut ours::Native::open(&prepared)?, &prepared)?,
            Side::Peer => messages(&mut peer::Reference::open(&prepared)?, &prepared)?,
        }
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn messages(vm: &mut dyn Vm, prepared: &Prepared) -> Result<Measured> {
    // Once unmeasured: whatever is compiled or cached lazily is then there on both sides.
    for message in &prepared.warm_up {
        vm.apply(message)?;
    }
    vm.flush()?;
    let watch = Stopwatch::start();
    let mut units = 0;
    for step in &prepared.steps {
        match step {
            Step::Epoch(epoch) => {
                vm.flush()?;
                vm.set_epoch(*epoch)?;
            }
            Step::Message(message) => {
                vm.apply(message)?;
                units += 1;
            }
        }
    }
    vm.flush()?;
    let mut measured = watch.stop(units, String::new())?;
    measured.outcome = outcome(vm, prepared.actors_end)?;
    Ok(measured)
}

/// A digest of every actor but the system actor, whose state names the code of the others.
fn outcome(vm: &mut dyn Vm, end: ActorID) -> Result<String> {
    let mut words = String::new();
    for id in 1..end {
        words.push_str(&format!("{id} {:?};", vm.actor(id)?));
    }
    Ok(hex::encode(
        Code::Blake2b256.digest(words.as_bytes()).digest(),
    ))
}

/// What a proof costs a miner with so many sectors, on the state as it is found on disk. Memory is
/// what the proofs held at most, beyond the state itself.
fn growth(sectors: u64) -> Result<Measured> {
    const REPEATED: u64 = 3_000;
    let prepared = Prepared::large_miner(sectors)?;
    let held = measure::forget_peak()?;
    let mut cpu = 0.0;
    let mut peak_kib = 0;
    for _ in 0..REPEATED {
        let mut vm = ours::Native::open(&prepared)?;
        let watch = Stopwatch::start();
        for step in &prepared.steps {
            if let Step::Message(message) = step {
                vm.apply(message)?;
            }
        }
        vm.flush()?;
        let one = watch.stop(1, String::new())?;
        cpu += one.cpu;
        // Nothing is counted as a KiB, so that there is a ratio.
        peak_kib = one.peak_kib.saturating_sub(held).max(1);
    }
    let outcome = "proven".to_owned();
    Ok(Measured {
        cpu,
        units: REPEATED,
        peak_kib,
        outcome,
    })
}
