//! `atoll vectors --ethereum`: ethereum/tests on the native actors.
//!
//! A case becomes a state of contracts and accounts ([`world`]); its transactions are run as
//! messages on Ethereum's gas, and storage, code, nonces, balances, success, logs and the gas used
//! are compared ([`blocks`], [`vm`]). What can't be played is told without running it, and what
//! differs by design is told by its opcodes ([`scope`]) or is in a list ([`exceptions`]).

pub mod admission;
pub mod blobs;
pub mod blocks;
pub mod exceptions;
pub mod format;
pub mod receipt;
pub mod root;
pub mod scope;
pub mod vm;
pub mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

use self::exceptions::Exceptions;
use self::format::Case;
use self::world::Ground;
use super::recognise::Candidate;
use super::report::{Difference, Outcome, Report, Verdict};
use super::workers;
use crate::file;

/// Runs every case in some files, and says when it is done with a file.
pub fn run(files: &[Candidate], threads: usize, done: &(dyn Fn() + Sync)) -> Result<Report> {
    let ground = Ground::new().context("making the first state")?;
    let exceptions = Exceptions::load()?;
    let verdicts = workers::spread(
        files,
        threads,
        world::STACK_BYTES,
        &|candidate: &Candidate| {
            let verdicts = judge_file(&ground, &exceptions, &candidate.path);
            done();
            verdicts
        },
    )?;
    let mut report = Report::default();
    let mut plain = Plain::default();
    for (candidate, verdicts) in files.iter().zip(verdicts) {
        if verdicts.is_empty() {
            report.others.push(candidate.path.clone());
        }
        for judged in verdicts {
            plain.count(&judged);
            report.verdicts.push(judged.verdict);
        }
    }
    report.notes.extend(plain.note());
    report.notes.extend(
        exceptions
            .needless()
            .map(|pattern| format!("listed as an exception, but equal: {pattern}")),
    );
    Ok(report)
}

/// Every case of a file. An unreadable file is a failed case.
fn judge_file(ground: &Ground, exceptions: &Exceptions, path: &Path) -> Vec<Judged> {
    let judged = |name: String, format, outcome, plain| Judged {
        verdict: Verdict {
            path: path.to_owned(),
            name,
            format,
            outcome,
        },
        plain,
    };
    let place = place_of(path);
    let read = || -> Result<format::File> { Ok(serde_json::from_slice(&file::read(path)?)?) };
    let cases = match read() {
        Ok(cases) => cases,
        Err(error) => return vec![judged(place, None, trouble(&error), false)],
    };
    let mut verdicts = Vec::new();
    for (name, case) in cases {
        let name = format!("{place}/{name}");
        match format::read(case) {
            Ok(Some(case)) => {
                let (outcome, plain) = judge(ground, exceptions, &name, &case);
                verdicts.push(judged(name, Some("ethereum"), outcome, plain));
            }
            Ok(None) => {}
            Err(error) => {
                verdicts.push(judged(name, Some("ethereum"), trouble(&error), false));
            }
        }
    }
    verdicts
}

/// The last folder and the file's name without its ending, which the list of exceptions goes by.
fn place_of(path: &Path) -> String {
    let name = |path: Option<&std::ffi::OsStr>| {
        path.map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let folder = name(path.parent().and_then(Path::file_name));
    format!("{folder}/{}", name(path.file_stem()))
}

/// What came of a case that was played.
pub struct Played {
    /// How many transactions or calls were run, or the first thing that was not as expected.
    pub result: Result<usize, Box<Difference>>,
    /// Every opcode that was met.
    pub executed: BTreeSet<u8>,
}

/// A verdict, and whether the case is one of the plain ones ([`scope::is_plain`]).
struct Judged {
    verdict: Verdict,
    plain: bool,
}

/// How many of the plain cases came out as on Ethereum.
#[derive(Default)]
struct Plain {
    cases: usize,
    equal: usize,
}

impl Plain {
    fn count(&mut self, judged: &Judged) {
        if judged.plain {
            self.cases += 1;
            self.equal += usize::from(matches!(judged.verdict.outcome, Outcome::Passed { .. }));
        }
    }

    fn note(&self) -> Option<String> {
        let Self { cases, equal } = self;
        (*cases > 0).then(|| {
            format!(
                "{cases} of the cases that were run are free of CALLCODE, SELFDESTRUCT and opcodes \
                 of the environment; {equal} of them are equal"
            )
        })
    }
}

/// What came of a case, and whether it is a plain one.
fn judge(ground: &Ground, exceptions: &Exceptions, name: &str, case: &Case) -> (Outcome, bool) {
    let outside = match case {
        Case::Blocks(test) => scope::outside(test),
        Case::Vm(test) => scope::outside_vm(test),
    };
    if let Some(reason) = outside {
        let words = format!("not run, since it {reason}");
        return (Outcome::Skipped(words), false);
    }
    let played = match case {
        Case::Blocks(test) => blocks::play(ground, test),
        Case::Vm(test) => vm::play(ground, test),
    };
    let Played { result, executed } = match played {
        Ok(played) => played,
        Err(error) => return (trouble(&error), false),
    };
    let plain = matches!(case, Case::Blocks(test) if scope::is_plain(test, &executed));
    let reason = exceptions.reason(name, result.is_err());
    let outcome = match result {
        Ok(steps) => Outcome::Passed {
            steps,
            gas: Vec::new(),
        },
        Err(difference) => match (scope::excuse(&executed), reason) {
            (Some(reason), _) => Outcome::Skipped(format!("differs, since it {reason}")),
            (None, Some(reason)) => Outcome::Skipped(format!("differs, as listed: {reason}")),
            (None, None) => Outcome::Failed(difference),
        },
    };
    (outcome, plain)
}

fn trouble(error: &anyhow::Error) -> Outcome {
    Outcome::Failed(Difference::trouble(error))
}
