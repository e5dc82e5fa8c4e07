//! The engine on the official actors: Atoll with its Wasm runner against crate `fvm` 4.8.4.
//!
//! [`work`] says which messages, [`ours`] and [`peer`] apply them. Both sides run the same
//! official bundle and must come to the same receipts, the same gas and the same state root.

pub mod contract;
pub mod ours;
pub mod peer;
pub mod work;

use std::hash::{DefaultHasher, Hasher};
use std::path::PathBuf;

use anyhow::{Result, bail};
use atoll_vm::executor::STACK_BYTES;
use clap::Subcommand;
use fvm_shared::ActorID;
use fvm_shared::message::Message;

use crate::measure::{self, Line, Measured, Stopwatch, ThreadWatch};
use work::{Plan, Task, Work};

#[derive(clap::Args)]
pub struct Args {
    /// Fewer repetitions: enough to see that it works, too few to quote.
    #[arg(long)]
    quick: bool,
    /// Only this line.
    #[arg(long)]
    only: Option<String>,
}

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
    /// Compiles every actor into a cache on disk.
    FillCache { cache: PathBuf },
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Side {
    /// Atoll.
    Ours,
    /// Atoll, with two executors on two threads.
    OursTwice,
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
    let asked = |name: &&str| args.only.as_deref().is_none_or(|only| only == *name);
    let names: Vec<_> = Work::NAMES.into_iter().filter(asked).collect();
    if names.is_empty() {
        bail!("no such line; there are: {}", Work::NAMES.join(", "));
    }
    for name in names {
        compare(name, args.quick)?;
    }
    Ok(())
}

/// Prints the line of one work, and a second one for memory.
fn compare(name: &str, quick: bool) -> Result<()> {
    let work = Work::named(name, quick)?;
    let (ours, peer) = work.sides();
    let args = |side: Side| {
        let side = match side {
            Side::Ours => "ours",
            Side::OursTwice => "ours-twice",
            Side::Peer => "peer",
        };
        let mut args = vec!["engine-process", "measure", side, name];
        args.extend(quick.then_some("--quick"));
        args
    };
    let rounds = if quick { 1 } else { 5 };
    let (ours, peer) = measure::alternate(rounds, &args(ours), &args(peer))?;
    work.line(&ours, &peer).print();
    if work.sides().1 == Side::Peer {
        measure::print_memory(name, &ours, &peer, work.peer_name());
    }
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
        (Task::Messages(plan), Side::Peer) => messages(&mut peer::Reference::new()?, plan),
        (Task::Messages(plan), Side::Ours) => messages(&mut ours::Atoll::new()?, plan),
        (Task::Messages(plan), Side::OursTwice) => twice(plan),
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

fn messages(vm: &mut dyn Vm, plan: &Plan) -> Result<Measured> {
    let mut run = plan.prepare(vm)?;
    run.warm_up(vm)?;
    let watch = Stopwatch::start();
    let (units, outcome) = run.measure(vm)?;
    watch.stop(units, outcome)
}

/// Two executors on two threads that share one engine; they start together, and the slower one
/// counts. Each does what one executor alone does.
fn twice(plan: &Plan) -> Result<Measured> {
    let first = ours::Atoll::new()?;
    let second = first.another()?;
    let barrier = std::sync::Barrier::new(2);
    let watch = Stopwatch::start();
    let runs = std::thread::scope(|scope| {
        let threads = [first, second].map(|mut vm| {
            let barrier = &barrier;
            let stack = std::thread::Builder::new().stack_size(STACK_BYTES);
            stack.spawn_scoped(scope, move || -> Result<_> {
                let prepared = plan.prepare(&mut vm).and_then(|mut run| {
                    run.warm_up(&mut vm)?;
                    Ok(run)
                });
                // Whatever happened: the other thread is waiting.
                barrier.wait();
                let mut run = prepared?;
                let watch = ThreadWatch::start();
                let (units, outcome) = run.measure(&mut vm)?;
                Ok((watch.stop(), units, outcome))
            })
        });
        threads.map(|thread| thread.map(|t| t.join().expect("measuring threads do not panic")))
    });
    let mut both = watch.stop(0, String::new())?;
    both.elapsed = 0.0;
    for run in runs {
        let (elapsed, units, outcome) = run??;
        both.elapsed = both.elapsed.max(elapsed);
        both.units += units;
        if !both.outcome.is_empty() && both.outcome != outcome {
            bail!("two executors disagree: {} and {outcome}", both.outcome);
        }
        both.outcome = outcome;
    }
    Ok(both)
}

/// All that both sides must agree on, in a few words.
#[derive(Default)]
struct Outcome {
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
        let (unit, ours, peer, ratio) = match &self.task {
            Task::Start { .. } => ("CPU s", ours.cpu, peer.cpu, peer.cpu / ours.cpu),
            Task::Messages(plan) => {
                let parallel = self.sides().0 == Side::OursTwice;
                let rate = |m: &Measured| m.units as f64 / if parallel { m.elapsed } else { m.cpu };
                let unit = match (parallel, plan.units_each()) {
                    (true, _) => "messages/s",
                    (false, 1) => "messages/CPU s",
                    _ => "iterations/CPU s",
                };
                (unit, rate(ours), rate(peer), rate(ours) / rate(peer))
            }
        };
        Line {
            work: self.name(),
            unit,
            ours,
            peer,
            peer_name: self.peer_name(),
            ratio,
        }
    }
}
