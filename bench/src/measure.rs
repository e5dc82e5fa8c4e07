//! One measurement, and the process around it.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

use crate::work::{Task, Work};
use crate::{ours, peer};

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

/// What one process measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// CPU seconds of all threads.
    pub cpu: f64,
    /// Seconds on the clock.
    pub wall: f64,
    /// How many units of work were done.
    pub units: u64,
    /// The most memory this process ever held.
    pub peak_kib: u64,
    /// What must be the same on both sides: gas used in all, the last state root.
    pub outcome: Option<(u64, String)>,
}

impl Measured {
    /// The round with the least CPU time.
    pub fn best(rounds: Vec<Self>) -> Self {
        rounds.into_iter().min_by(|a, b| a.cpu.total_cmp(&b.cpu)).expect("at least one round")
    }
}

/// A virtual machine under measurement.
pub trait Vm {
    /// Applies a message; an error unless it succeeds. Returns its gas and its return data.
    fn apply(&mut self, message: fvm_shared::message::Message) -> Result<(u64, Vec<u8>)>;
    /// Writes the state and returns its root.
    fn flush(&mut self) -> Result<String>;
}

/// Runs a measurement in a process of its own.
pub fn spawn(side: Side, work: &str, quick: bool) -> Result<Measured> {
    let side = clap::ValueEnum::to_possible_value(&side).expect("no side is hidden");
    let out = Command::new(std::env::current_exe()?)
        .args(["one", side.get_name(), work, &quick.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !out.status.success() {
        bail!("measuring {work} of {} failed", side.get_name());
    }
    serde_json::from_slice(&out.stdout).context("a measurement")
}

/// Measures, in this process.
pub fn one(side: Side, work: &Work) -> Result<Measured> {
    let (cpu, wall, units, outcome) = match (&work.task, side) {
        (Task::Start { .. }, Side::Peer) => starting(peer::start)?,
        (Task::Start { warm }, _) => {
            let cache = ours::start_cache(*warm)?;
            starting(|| ours::start(cache.path()))?
        }
        (Task::Messages(_), Side::Peer) => messages(&mut peer::Reference::new()?, work)?,
        (Task::Messages(_), Side::Ours) => messages(&mut ours::Atoll::new()?, work)?,
        (Task::Messages(_), Side::OursTwice) => twice(work)?,
    };
    Ok(Measured { cpu: cpu.as_secs_f64(), wall: wall.as_secs_f64(), units, peak_kib: peak()?, outcome })
}

type Figures = (Duration, Duration, u64, Option<(u64, String)>);

fn starting(start: impl FnOnce() -> Result<()>) -> Result<Figures> {
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    start()?;
    Ok((cpu.elapsed(), wall.elapsed(), 1, None))
}

fn messages(vm: &mut dyn Vm, work: &Work) -> Result<Figures> {
    let Task::Messages(plan) = &work.task else { bail!("not a work of messages") };
    let mut run = plan.prepare(vm)?;
    // Once more unmeasured: whatever is compiled or cached lazily is then there on both sides.
    run.warm_up(vm)?;
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let (units, gas, root) = run.measure(vm)?;
    Ok((cpu.elapsed(), wall.elapsed(), units, Some((gas, root))))
}

/// Two executors on two threads that share one engine; they start together.
fn twice(work: &Work) -> Result<Figures> {
    let Task::Messages(plan) = &work.task else { bail!("not a work of messages") };
    let first = ours::Atoll::new()?;
    let second = first.another()?;
    let barrier = std::sync::Barrier::new(2);
    let cpu = ProcessTime::now();
    let runs = std::thread::scope(|scope| {
        let threads = [first, second].map(|mut vm| {
            let barrier = &barrier;
            scope.spawn(move || -> Result<_> {
                let mut run = plan.prepare(&mut vm)?;
                run.warm_up(&mut vm)?;
                barrier.wait();
                let wall = Instant::now();
                let done = run.measure(&mut vm)?;
                Ok((wall.elapsed(), done))
            })
        });
        threads.map(|thread| thread.join().expect("measuring threads do not panic"))
    });
    let mut slowest = Duration::ZERO;
    let (mut units, mut outcome) = (0, None);
    for run in runs {
        let (wall, (done, gas, root)) = run?;
        slowest = slowest.max(wall);
        units += done;
        outcome = Some((gas, root));
    }
    Ok((cpu.elapsed(), slowest, units, outcome))
}

fn peak() -> Result<u64> {
    std::fs::read_to_string("/proc/self/status")?
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok())
        .context("this system does not tell a process's peak memory")
}
