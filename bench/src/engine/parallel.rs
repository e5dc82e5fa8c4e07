//! Two executors on two threads that share one engine, against one.
//!
//! CPU time can't show what waiting for each other costs, and the clock of a busy machine shows
//! everything else. So one executor and two take turns, a fraction of a second each, and the time
//! that a thread spent waiting for a core is taken off: waiting for a lock stays.

use std::sync::Barrier;

use anyhow::Result;
use atoll_vm::executor::STACK_BYTES;
use serde::{Deserialize, Serialize};

use super::ours::Atoll;
use super::work::Plan;
use super::{Outcome, Vm};
use crate::measure::{self, Line, ThreadWatch};

/// The line.
pub const NAME: &str = "two-executors";

/// Who runs in the slices, over and over: as often one executor as both.
const TURNS: [[bool; 2]; 4] = [[true, false], [true, true], [false, true], [true, true]];
const SLICES: usize = 40;

/// What one process measured.
#[derive(Serialize, Deserialize)]
pub struct Parallel {
    /// Messages a second of one executor alone.
    one: f64,
    /// Of both together.
    two: f64,
}

/// Prints the line: the middle one of several processes.
pub fn compare(quick: bool) -> Result<()> {
    let mut args = vec!["engine-process", "parallel"];
    args.extend(quick.then_some("--quick"));
    let rounds = if quick { 1 } else { 5 };
    let mut measured = (0..rounds)
        .map(|_| measure::spawn::<Parallel>(&args))
        .collect::<Result<Vec<_>>>()?;
    measured.sort_by(|a, b| (a.two / a.one).total_cmp(&(b.two / b.one)));
    let Parallel { one, two } = measured[measured.len() / 2];
    Line {
        work: NAME,
        unit: "messages/s",
        ours: two,
        peer: one,
        peer_name: "atoll, one executor",
        ratio: two / one,
    }
    .print();
    Ok(())
}

/// What a thread has to show.
struct Thread {
    alone: f64,
    together: f64,
    outcome: String,
}

/// Lets the executors take turns.
pub fn measure(plan: &Plan) -> Result<Parallel> {
    let first = Atoll::new()?;
    let second = first.another()?;
    let barrier = Barrier::new(2);
    let slice = plan.count() / SLICES as u64;
    let threads = std::thread::scope(|scope| {
        let threads = [(0, first), (1, second)].map(|(nth, vm)| {
            let barrier = &barrier;
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, move || run(plan, slice, nth, vm, barrier))
        });
        threads.map(|thread| -> Result<Thread> {
            thread?.join().expect("measuring threads do not panic")
        })
    });
    let [first, second] = threads;
    let (first, second) = (first?, second?);
    anyhow::ensure!(
        first.outcome == second.outcome,
        "two executors disagree: {} and {}",
        first.outcome,
        second.outcome
    );
    let count = |both: bool| {
        (0..SLICES)
            .filter(|nth| (TURNS[nth % 4] == [true; 2]) == both)
            .count()
    };
    let messages = |slices: usize| slices as f64 * slice as f64;
    Ok(Parallel {
        one: messages(count(false)) / (first.alone + second.alone),
        two: 2.0 * messages(count(true)) / first.together.max(second.together),
    })
}

fn run(plan: &Plan, slice: u64, nth: usize, mut vm: Atoll, barrier: &Barrier) -> Result<Thread> {
    let mut thread = Thread {
        alone: 0.0,
        together: 0.0,
        outcome: String::new(),
    };
    let mut outcome = Outcome::default();
    let mut run = plan.prepare(&mut vm).and_then(|mut run| {
        run.warm_up(&mut vm)?;
        Ok(run)
    });
    let mut number = 0;
    for turn in 0..SLICES {
        let turn = TURNS[turn % TURNS.len()];
        // Whatever happened: the other thread is waiting.
        barrier.wait();
        if !turn[nth] {
            continue;
        }
        let watch = ThreadWatch::start();
        run = run.and_then(|mut run| {
            run.apply(&mut vm, number..number + slice, &mut outcome)?;
            Ok(run)
        });
        number += slice;
        let elapsed = watch.stop();
        if turn == [true; 2] {
            thread.together += elapsed;
        } else {
            thread.alone += elapsed;
        }
    }
    run?;
    thread.outcome = outcome.words(&vm.flush()?);
    Ok(thread)
}
