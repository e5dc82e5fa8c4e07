//! Measures Atoll against its peers: same messages, same bundle, one run, CPU time.
//!
//! Each measurement is a process of its own ([`one`]), so that CPU seconds and peak memory are
//! its alone; rounds alternate between the two sides, and the best round of each counts.

mod contract;
mod measure;
mod ours;
mod peer;
mod work;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use measure::{Measured, Side};
use serde_json::json;
use work::Work;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// The engine on the official actors, against crate `fvm` 4.8.4.
    Engine {
        /// Fewer repetitions: enough to see that it works, too few to quote.
        #[arg(long)]
        quick: bool,
        /// Only this line.
        #[arg(long)]
        only: Option<String>,
    },
    /// One measurement, for the process that compares them.
    #[command(hide = true)]
    One { side: Side, work: String, #[arg(action = clap::ArgAction::Set)] quick: bool },
    /// Compiles every actor into a cache on disk.
    #[command(hide = true)]
    FillCache { cache: PathBuf },
}

fn main() -> Result<()> {
    match Args::parse().bench {
        Bench::Engine { quick, only } => engine(quick, only.as_deref()),
        Bench::One { side, work, quick } => {
            let work = Work::named(&work, quick)?;
            println!("{}", serde_json::to_string(&measure::one(side, &work)?)?);
            Ok(())
        }
        Bench::FillCache { cache } => ours::start(&cache),
    }
}

/// The bundle that both sides run.
fn bundle() -> Result<PathBuf> {
    let path = std::env::var_os("ATOLL_BUNDLE").context(
        "set ATOLL_BUNDLE to the CAR file of the official v18 mainnet bundle \
         (builtin-actors' releases have it)",
    )?;
    let path = PathBuf::from(path);
    if !path.is_file() {
        bail!("ATOLL_BUNDLE names {}, which is no file", path.display());
    }
    Ok(path)
}

fn engine(quick: bool, only: Option<&str>) -> Result<()> {
    bundle()?;
    let names: Vec<_> =
        Work::NAMES.iter().copied().filter(|name| only.is_none_or(|only| only == *name)).collect();
    if names.is_empty() {
        bail!("no such line; there are: {}", Work::NAMES.join(", "));
    }
    for name in names {
        compare(name, quick)?;
    }
    Ok(())
}

/// Prints the line of one work, and a second one for memory where both sides ran messages.
fn compare(name: &str, quick: bool) -> Result<()> {
    let rounds = if quick { 1 } else { 3 };
    let work = Work::named(name, quick)?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(measure::spawn(work.sides().0, name, quick)?);
        peer.push(measure::spawn(work.sides().1, name, quick)?);
    }
    let (ours, peer) = (Measured::best(ours), Measured::best(peer));
    if ours.outcome != peer.outcome {
        bail!("{name}: the two sides disagree: ours {:?}, peer {:?}", ours.outcome, peer.outcome);
    }
    let (unit, our_figure, peer_figure, ratio) = work.figures(&ours, &peer);
    line(name, unit, our_figure, peer_figure, work.peer_name(), ratio);
    let memory = |measured: &Measured| measured.peak_kib as f64 / 1024.0;
    line(
        &format!("{name}/memory"),
        "MiB",
        memory(&ours),
        memory(&peer),
        work.peer_name(),
        memory(&peer) / memory(&ours),
    );
    Ok(())
}

fn line(work: &str, unit: &str, ours: f64, peer: f64, peer_name: &str, ratio: f64) {
    let round = |x: f64| (x * 1000.0).round() / 1000.0;
    println!(
        "{}",
        json!({
            "work": work, "unit": unit, "ours": round(ours), "peer": round(peer),
            "peer_name": peer_name, "ratio": round(ratio),
        })
    );
}
