//! What a process measures of itself, and how two sides are compared.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What one process measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// CPU seconds of all threads.
    pub cpu: f64,
    /// How many units of work were done.
    pub units: u64,
    /// The most memory this process ever held.
    pub peak_kib: u64,
    /// What must be the same on both sides, in words of the benchmark's own.
    pub outcome: String,
}

impl Measured {
    /// The least of each figure: whatever else the machine did can only have added to it.
    ///
    /// # Errors
    /// If two rounds did not do the same work.
    pub fn best(rounds: Vec<Self>) -> Result<Self> {
        let mut rounds = rounds.into_iter();
        let mut best = rounds.next().context("at least one round")?;
        for round in rounds {
            if round.outcome != best.outcome || round.units != best.units {
                bail!("two rounds disagree: {best:?}, {round:?}");
            }
            best.cpu = best.cpu.min(round.cpu);
            best.peak_kib = best.peak_kib.min(round.peak_kib);
        }
        Ok(best)
    }
}

/// Starts this program again with these arguments, and reads what it measured.
pub fn spawn<T: DeserializeOwned>(args: &[&str]) -> Result<T> {
    let out = Command::new(std::env::current_exe()?)
        .args(args)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !out.status.success() {
        bail!("measuring failed: {}", args.join(" "));
    }
    serde_json::from_slice(&out.stdout).context("reading a measurement")
}

/// Alternates between two sides, as many rounds as asked for, and takes the best of each.
///
/// # Errors
/// If the two sides did not do the same work.
pub fn alternate(rounds: u32, ours: &[&str], peer: &[&str]) -> Result<(Measured, Measured)> {
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        of_ours.push(spawn(ours)?);
        of_peer.push(spawn(peer)?);
    }
    let (ours, peer) = (Measured::best(of_ours)?, Measured::best(of_peer)?);
    if ours.outcome != peer.outcome {
        bail!(
            "the two sides disagree: ours {}, the peer {}",
            ours.outcome,
            peer.outcome
        );
    }
    Ok((ours, peer))
}

/// A line of the result.
pub struct Line<'a> {
    /// What was done.
    pub work: &'a str,
    /// Of the two figures.
    pub unit: &'a str,
    /// Our figure.
    pub ours: f64,
    /// The peer's.
    pub peer: f64,
    /// Who the peer is.
    pub peer_name: &'a str,
    /// How many times better ours is.
    pub ratio: f64,
}

impl Line<'_> {
    /// Prints it, as JSON.
    pub fn print(&self) {
        let rounded = |x: f64| (x * 1000.0).round() / 1000.0;
        println!(
            "{}",
            json!({
                "work": self.work, "unit": self.unit, "ours": rounded(self.ours),
                "peer": rounded(self.peer), "peer_name": self.peer_name,
                "ratio": rounded(self.ratio),
            })
        );
    }
}

/// Prints the peak memory of both sides.
pub fn print_memory(work: &str, ours: &Measured, peer: &Measured, peer_name: &str) {
    let mib = |measured: &Measured| measured.peak_kib as f64 / 1024.0;
    Line {
        work: &format!("{work}/memory"),
        unit: "MiB",
        ours: mib(ours),
        peer: mib(peer),
        peer_name,
        ratio: mib(peer) / mib(ours),
    }
    .print();
}

/// Measures the process.
pub struct Stopwatch(ProcessTime);

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self(ProcessTime::now())
    }

    /// Until now, with the peak of memory.
    pub fn stop(self, units: u64, outcome: String) -> Result<Measured> {
        Ok(Measured {
            cpu: self.0.elapsed().as_secs_f64(),
            units,
            peak_kib: peak_kib()?,
            outcome,
        })
    }
}

/// Measures the calling thread by the clock.
pub struct ThreadWatch {
    clock: Instant,
    queued: f64,
}

impl ThreadWatch {
    /// From now on.
    pub fn start() -> Self {
        Self {
            clock: Instant::now(),
            queued: queued(),
        }
    }

    /// The seconds in which this thread ran or waited for something other than a core.
    pub fn stop(self) -> f64 {
        self.clock.elapsed().as_secs_f64() - (queued() - self.queued)
    }
}

/// The seconds that this thread has waited for a core; none on a system that does not tell.
fn queued() -> f64 {
    const NANOSECONDS: f64 = 1e9;
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_ascii_whitespace().nth(1)?.parse::<f64>().ok())
        .map_or(0.0, |waited| waited / NANOSECONDS)
}

/// Has the peak of memory begin anew, and returns what is held now, in KiB.
pub fn forget_peak() -> Result<u64> {
    std::fs::write("/proc/self/clear_refs", "5")
        .context("this system does not let a process reset its peak memory")?;
    peak_kib()
}

fn peak_kib() -> Result<u64> {
    std::fs::read_to_string("/proc/self/status")?
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse()
                .ok()
        })
        .context("this system does not tell a process's peak memory")
}
