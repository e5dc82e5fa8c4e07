//! Native against Wasm: generated contracts and messages, run with the official actors' bundle
//! and with the native actors, must do the same in everything but gas.
//!
//! A case is a seed; whatever is found is a seed too, cut down to the messages that matter and,
//! on request, written as a scenario that `atoll vectors` can replay.
//!
//! Gas is counted apart by the two sides. So nothing that is generated reads it, the limit is a
//! whole block's, and a case in which some call runs out of it is compared up to there only.

mod assembler;
mod chance;
mod code;
mod params;
mod plan;
mod record;
mod sides;
mod written;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use atoll_vm::executor::STACK_BYTES;
use clap::Parser;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::METHOD_SEND;
use fvm_shared::econ::TokenAmount;
use serde_json::json;

use self::plan::{Cast, Genesis, Step, plan};
use self::record::Title;
use self::sides::{Lab, Verdict};
use self::written::Written;

/// Runs generated messages with the native actors and with the official bundle.
#[derive(Parser)]
struct Args {
    /// The bundle of v18 for mainnet.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The first seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many seeds.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    cases: u64,
    /// Stop after this many seconds, however many seeds are left.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// The folder with the genesis.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors"))]
    vectors: PathBuf,
    /// Write what differs into this folder, as scenarios.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Show the messages of each case.
    #[arg(long)]
    show: bool,
    /// Play the messages of these scenario files instead of generated ones. What they expect is
    /// not read, and need not be there: `--record` writes what the official actors do.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["seed", "cases", "seconds"])]
    scenario: Vec<PathBuf>,
}

#[derive(Default)]
struct Counts {
    cases: u64,
    messages: usize,
    out_of_gas: u64,
    differ: u64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let run = move || run(&args);
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(run)?;
    match worker.join() {
        Ok(result) => result,
        Err(_) => bail!("a panic"),
    }
}

fn run(args: &Args) -> Result<()> {
    let lab = Lab::new(&args.vectors, &args.bundle)?;
    if !args.scenario.is_empty() {
        return run_written(&lab, args);
    }
    let cast = Genesis::load(&args.vectors)?.cast()?;
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut counts = Counts::default();
    for seed in args.seed..args.seed.saturating_add(args.cases) {
        if end.is_some_and(|end| Instant::now() > end) {
            break;
        }
        case(&lab, &cast, args, seed, &mut counts).with_context(|| format!("seed {seed}"))?;
        if counts.cases.is_multiple_of(500) {
            counts.print(seed);
        }
    }
    counts.print(args.seed + counts.cases - 1);
    if counts.differ > 0 {
        bail!("{} cases differ", counts.differ);
    }
    Ok(())
}

fn run_written(lab: &Lab, args: &Args) -> Result<()> {
    let mut differ = 0;
    for path in &args.scenario {
        let written = Written::load(path)?;
        let steps = written.steps()?;
        if args.show {
            show(lab, &steps)?;
        }
        match lab.compare(&steps)? {
            Verdict::Same => {}
            Verdict::OutOfGas => println!("{}: a call ran out of gas", written.name),
            Verdict::Differs(found) => {
                differ += 1;
                let label = &steps[found.step].label;
                println!("{}, {label:?}: {}", written.name, found.words);
            }
        }
        if let Some(folder) = &args.record {
            let title = Title {
                name: &written.name,
                group: &written.group,
                about: &written.about,
                contracts: &written.contracts,
            };
            record(lab, folder, &title, &steps)?;
        }
    }
    if differ > 0 {
        bail!("{differ} scenarios differ");
    }
    Ok(())
}

/// Writes a scenario into a folder, under its name.
fn record(lab: &Lab, folder: &Path, title: &Title<'_>, steps: &[Step]) -> Result<()> {
    let scenario = record::scenario(lab, title, steps)?;
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.json", title.name));
    std::fs::write(path, format!("{scenario}\n"))?;
    Ok(())
}

impl Counts {
    fn print(&self, seed: u64) {
        let Self {
            cases,
            messages,
            out_of_gas,
            differ,
        } = self;
        println!(
            "seed {seed}: {cases} cases with {messages} messages; {differ} differ, {out_of_gas} ran out of gas"
        );
    }
}

fn case(lab: &Lab, cast: &Cast, args: &Args, seed: u64, counts: &mut Counts) -> Result<()> {
    let steps = plan(cast, seed);
    if args.show {
        show(lab, &steps)?;
    }
    counts.cases += 1;
    counts.messages += steps.len();
    match lab.compare(&steps)? {
        Verdict::Same => {}
        Verdict::OutOfGas => counts.out_of_gas += 1,
        Verdict::Differs(found) => {
            counts.differ += 1;
            let steps = reduce(lab, &steps[..=found.step])?;
            let Verdict::Differs(found) = lab.compare(&steps)? else {
                bail!("what was found is lost again");
            };
            println!(
                "seed {seed}, message {:?}: {}",
                steps[found.step].label, found.words
            );
            for step in &steps {
                println!("    {}: {:?}", step.label, step.message);
            }
            if let Some(folder) = &args.record {
                let name = format!("differential_{seed}");
                let about = format!("Found by the fuzzer with seed {seed}: {}", found.words);
                let title = Title {
                    name: &name,
                    group: "regression",
                    about: &about,
                    contracts: &json!({}),
                };
                record(lab, folder, &title, &steps)?;
            }
        }
    }
    Ok(())
}

/// How the messages of a case end officially, for people who wonder what it tests.
fn show(lab: &Lab, steps: &[Step]) -> Result<()> {
    let mut side = lab.official(false)?;
    for step in steps {
        let outcome = side.apply(step)?;
        println!(
            "    {} {} -> {} method {} value {}: exit {}, gas {}, {} events, {} actors changed {}",
            step.label,
            step.message.from,
            step.message.to,
            step.message.method_num,
            step.message.value,
            outcome.applied.receipt.exit_code,
            outcome.applied.receipt.gas_used,
            outcome.applied.events.len(),
            outcome.changes.len(),
            outcome
                .applied
                .failure
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        );
    }
    Ok(())
}

/// Puts a message that does nothing in the place of each that the difference does not need, and
/// then leaves out those that no later sequence number needs.
fn reduce(lab: &Lab, steps: &[Step]) -> Result<Vec<Step>> {
    let differs =
        |steps: &[Step]| -> Result<bool> { Ok(matches!(lab.compare(steps)?, Verdict::Differs(_))) };
    let mut steps = steps.to_vec();
    for index in (0..steps.len().saturating_sub(1)).rev() {
        let mut without = steps.clone();
        without.remove(index);
        if differs(&without)? {
            steps = without;
            continue;
        }
        let mut idle = steps.clone();
        let message = &mut idle[index].message;
        message.to = message.from;
        message.value = TokenAmount::default();
        message.method_num = METHOD_SEND;
        message.params = RawBytes::default();
        if differs(&idle)? {
            steps = idle;
        }
    }
    Ok(steps)
}
