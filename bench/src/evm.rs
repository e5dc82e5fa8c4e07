//! Contracts on the native actors.
//!
//! Most lines send the messages of `engine` to the native actors, and to crate `fvm` with the
//! official ones. Gas is counted in another way on the two, so what must agree is the state: that
//! of the contract, and that of the init actor, which knows every address. Two lines compare with
//! revm on its in-memory database, one a contract with a million holders with one of a thousand,
//! and one a run that is watched with one that is not.

mod growth;
mod on_revm;

use anyhow::{Result, bail};
use fvm_shared::ActorID;

use crate::engine::Vm;
use crate::engine::ours::Atoll;
use crate::engine::peer::Reference;
use crate::engine::work::{Task, Work};
use crate::lines::Args;
use crate::measure::{self, Line, Measured, Stopwatch};

/// What a process of its own measures.
#[derive(clap::Args)]
pub struct Process {
    side: Side,
    work: String,
    #[arg(long)]
    quick: bool,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Side {
    /// Atoll on its native actors.
    Native,
    /// The same, beside a peer whose state is another: there is no outcome to compare.
    Alone,
    /// The same as `Native`, with an inspector that looks at nothing.
    Inspected,
    /// The reference.
    Fvm,
    /// revm.
    Revm,
    /// A token with a thousand holders.
    Thousand,
    /// A token with a million holders.
    Million,
}

/// The lines: what they are called, the work, ours, the peer and what it is called.
const LINES: [(&str, &str, Side, Side, &str); 10] = [
    (
        "erc20-transfer",
        "erc20-transfer",
        Side::Native,
        Side::Fvm,
        "fvm 4.8.4",
    ),
    (
        "noop-call",
        "noop-call",
        Side::Native,
        Side::Fvm,
        "fvm 4.8.4",
    ),
    (
        "u256-loop",
        "u256-loop",
        Side::Native,
        Side::Fvm,
        "fvm 4.8.4",
    ),
    (
        "keccak-loop",
        "keccak-loop",
        Side::Native,
        Side::Fvm,
        "fvm 4.8.4",
    ),
    (
        "new-slots",
        "new-slots",
        Side::Native,
        Side::Fvm,
        "fvm 4.8.4",
    ),
    (
        "deploy-20k",
        "deploy-20k",
        Side::Native,
        Side::Fvm,
        "fvm 4.8.4",
    ),
    (
        "revm-u256-loop",
        "u256-loop",
        Side::Alone,
        Side::Revm,
        "revm 43.0.3",
    ),
    (
        "revm-erc20-transfer",
        "erc20-transfer",
        Side::Alone,
        Side::Revm,
        "revm 43.0.3",
    ),
    (
        "growth-1m",
        "growth",
        Side::Million,
        Side::Thousand,
        "atoll, 1,000 holders",
    ),
    (
        "inspected-u256-loop",
        "u256-loop",
        Side::Inspected,
        Side::Native,
        "atoll, not inspected",
    ),
];

/// Measures all lines, or the one that is asked for.
pub fn run(args: &Args) -> Result<()> {
    for (name, work, ours, peer, peer_name) in args.choose(LINES, |line| line.0)? {
        let arguments = |side: Side| {
            let side = clap::ValueEnum::to_possible_value(&side).expect("no side is hidden");
            let mut arguments = vec!["evm-process".to_owned(), side.get_name().to_owned()];
            arguments.push(work.to_owned());
            arguments.extend(args.quick.then(|| "--quick".to_owned()));
            arguments
        };
        let (ours, peer) = (arguments(ours), arguments(peer));
        let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
        let peer: Vec<&str> = peer.iter().map(String::as_str).collect();
        let rounds = if args.quick { 1 } else { 5 };
        let (ours, peer) = measure::alternate(rounds, &ours, &peer)?;
        let rate = |measured: &Measured| measured.units as f64 / measured.cpu;
        Line {
            work: name,
            unit: "units/CPU s",
            ours: rate(&ours),
            peer: rate(&peer),
            peer_name,
            ratio: rate(&ours) / rate(&peer),
        }
        .print();
    }
    Ok(())
}

/// Does the work of one process.
pub fn process(process: &Process) -> Result<()> {
    let measured = one(process)?;
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn one(process: &Process) -> Result<Measured> {
    let Process { side, work, quick } = process;
    let scale = |full: u64| if *quick { (full / 10).max(1) } else { full };
    match (side, work.as_str()) {
        (Side::Native, work) => messages(&mut Atoll::native()?, work, *quick),
        (Side::Alone, work) => {
            let measured = messages(&mut Atoll::native()?, work, *quick)?;
            Ok(Measured {
                outcome: String::new(),
                ..measured
            })
        }
        (Side::Inspected, work) => messages(&mut Atoll::inspected()?, work, *quick),
        (Side::Fvm, work) => messages(&mut Reference::new()?, work, *quick),
        (Side::Revm, "u256-loop") => on_revm::looping(scale(20)),
        (Side::Revm, "erc20-transfer") => on_revm::transfers(scale(10_000)),
        (Side::Revm, other) => bail!("revm has no work called {other}"),
        (Side::Thousand, _) => growth::measure(1_000, scale(10_000)),
        (Side::Million, _) => growth::measure(scale(1_000_000), scale(10_000)),
    }
}

/// Its state names every address.
const INIT_ACTOR: ActorID = 1;

fn messages(vm: &mut dyn Vm, work: &str, quick: bool) -> Result<Measured> {
    let work = Work::named(work, quick)?;
    let Task::Messages(plan) = &work.task else {
        bail!("{} is no work of messages", work.name());
    };
    let mut run = plan.prepare(vm)?;
    run.warm_up(vm)?;
    let watch = Stopwatch::start();
    let (units, _) = run.measure(vm)?;
    let mut measured = watch.stop(units, String::new())?;
    let (called, init) = (vm.head(run.called()?)?, vm.head(INIT_ACTOR)?);
    measured.outcome = format!("contract {called}, init {init}");
    Ok(measured)
}
