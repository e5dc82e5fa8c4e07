//! The engine on the official actors: Atoll with its Wasm runner against crate `fvm` 4.8.4.
//!
//! [`work`] says which messages, [`ours`] and [`peer`] apply them. Both sides run the same
//! official bundle and must come to the same receipts, the same gas and the same state root.

pub mod contract;
pub mod ours;
mod parallel;
pub mod peer;
pub mod work;

use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Subcommand;
use fvm_shared::ActorID;
use fvm_shared::message::Message;

use crate::lines::Args;
use crate::measure::{self, Line, Measured, Stopwatch};
use work::{Plan, Task, Work};

const PEER_NAME: &str = "fvm 4.8.4";

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
    /// One executor and two, in turns.
    Parallel {
        #[arg(long)]
        quick: bool,
    },
    /// Compiles every actor into a cache on disk.
    FillCache { cache: PathBuf },
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Side {
    /// Atoll.
    Ours,
    /// The reference.
    Peer,
}

/// A virtual machine under measurement.
pub trait Vm {
    /// Applies a message; an error unless it succeeds.
    fn apply(&mut self, message: Message) -> Result<Reply>;
    /// Writes the state and returns its root.
    fn flush(&mut self) -> Result<String>;
    /// The head of an actor's state.
    fn head(&mut self, id: ActorID) -> Result<String>;
}

/// The receipt of a message that succeeded.
pub struct Reply {
    pub gas_used: u64,
    pub data: Vec<u8>,
}

/// Measures all lines, or the one that is asked for.
pub fn run(args: &Args) -> Result<()> {
    crate::bundle()?;
    for name in args.choose(Work::NAMES, |name| name)? {
        compare(name, args.quick)?;
    }
    Ok(())
}

/// Prints the line of one work, and a second one for memory.
fn compare(name: &str, quick: bool) -> Result<()> {
    let work = Work::named(name, quick)?;
    if let Task::Parallel(_) = work.task {
        return parallel::compare(quick);
    }
    let args = |side: Side| {
        let side = match side {
            Side::Ours => "ours",
            Side::Peer => "peer",
        };
        let mut args = vec!["engine-process", "measure", side, name];
        args.extend(quick.then_some("--quick"));
        args
    };
    let rounds = if quick { 1 } else { 5 };
    let (ours, peer) = measure::alternate(rounds, &args(Side::Ours), &args(Side::Peer))?;
    work.line(&ours, &peer).print();
    measure::print_memory(name, &ours, &peer, PEER_NAME);
    Ok(())
}

/// Does the work of one process.
pub fn process(process: Process) -> Result<()> {
    match process {
        Process::Measure { side, work, quick } => {
            let measured = one(side, &Work::named(&work, quick)?)?;
            println!("{}", serde_json::to_string(&measured)?);
            Ok(())
        }
        Process::Parallel { quick } => {
            let Task::Parallel(plan) = Work::named(parallel::NAME, quick)?.task else {
                bail!("{} is a work of another kind", parallel::NAME)
            };
            println!("{}", serde_json::to_string(&parallel::measure(&plan)?)?);
            Ok(())
        }
        Process::FillCache { cache } => ours::start(&cache).map(drop),
    }
}

fn one(side: Side, work: &Work) -> Result<Measured> {
    match (&work.task, side) {
        (Task::Start { .. }, Side::Peer) => starting(peer::start),
        (Task::Start { warm }, _) => {
            let cache = ours::start_cache(*warm)?;
            starting(|| ours::start(cache.path()))
        }
        (Task::FirstCalls(plan), Side::Peer) => {
            starting(|| first_calls(peer::Reference::new()?, plan))
        }
        (Task::FirstCalls(plan), _) => {
            let cache = ours::start_cache(false)?;
            starting(|| first_calls(ours::Atoll::with_cache(cache.path())?, plan))
        }
        (Task::Messages(plan), Side::Peer) => messages(&mut peer::Reference::new()?, plan),
        (Task::Messages(plan), Side::Ours) => messages(&mut ours::Atoll::new()?, plan),
        (Task::Parallel(_), _) => bail!("measured by a process of another kind"),
    }
}

/// `start` keeps what it has started until it has been measured.
fn starting<T>(start: impl FnOnce() -> Result<T>) -> Result<Measured> {
    let watch = Stopwatch::start();
    let started = start()?;
    let measured = watch.stop(1, "started".into());
    drop(started);
    measured
}

fn first_calls<V: Vm>(mut vm: V, plan: &Plan) -> Result<V> {
    plan.prepare(&mut vm)?.warm_up(&mut vm)?;
    Ok(vm)
}

fn messages(vm: &mut dyn Vm, plan: &Plan) -> Result<Measured> {
    let mut run = plan.prepare(vm)?;
    run.warm_up(vm)?;
    let watch = Stopwatch::start();
    let (units, outcome) = run.measure(vm)?;
    watch.stop(units, outcome)
}

/// All that both sides must agree on, in a few words.
#[derive(Default)]
pub struct Outcome {
    gas_used: u64,
    receipts: DefaultHasher,
}

impl Outcome {
    fn add(&mut self, reply: &Reply) {
        self.gas_used += reply.gas_used;
        self.receipts.write_u64(reply.gas_used);
        self.receipts.write_usize(reply.data.len());
        self.receipts.write(&reply.data);
    }

    fn words(&self, root: &str) -> String {
        format!(
            "gas {}, receipts {:016x}, root {root}",
            self.gas_used,
            self.receipts.finish()
        )
    }
}

impl Work {
    /// The line that compares the two sides.
    fn line(&self, ours: &Measured, peer: &Measured) -> Line<'_> {
        let rate = |m: &Measured| m.units as f64 / m.cpu;
        let (unit, ours, peer, ratio) = match &self.task {
            Task::Messages(plan) | Task::Parallel(plan) => {
                let unit = match plan.units_each() {
                    1 => "messages/CPU s",
                    _ => "iterations/CPU s",
                };
                (unit, rate(ours), rate(peer), rate(ours) / rate(peer))
            }
            Task::Start { .. } | Task::FirstCalls(_) => {
                ("CPU s", ours.cpu, peer.cpu, peer.cpu / ours.cpu)
            }
        };
        Line {
            work: self.name(),
            unit,
            ours,
            peer,
            peer_name: PEER_NAME,
            ratio,
        }
    }
}
