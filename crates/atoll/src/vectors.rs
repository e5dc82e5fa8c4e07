//! `atoll vectors`: runs what others recorded, and compares everything.

pub mod corpus;
pub mod ethereum;
pub mod gas_report;
pub mod json;
pub mod lab;
pub mod recognise;
pub mod recorded;
pub mod report;
pub mod roots;
pub mod scenario;
pub mod workers;

use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Result, ensure};
use atoll_vm::executor::STACK_BYTES;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use self::lab::Lab;
use self::recognise::{Candidate, Vector};
use self::report::{Difference, Outcome, Report, Verdict};
use crate::Ending;
use crate::bundle::Bundle;

/// Run test vectors and compare every field.
///
/// Three formats are recognised by their content, in files, in folders and in .json.gz: the
/// message vectors of fvm-test-vectors, and this project's two recordings (folders `vectors/fevm`
/// and `vectors/core`, and `vectors/actors`).
///
/// Vectors bring a state, but not the code of the actors in it. Give the bundles that they were
/// recorded with; each vector finds its own by the manifest that its state names. A vector whose
/// bundle is not given is skipped, with a line that says which bundle it needs.
///
/// Without any bundle, the project's recordings run on the native actors. Then everything is
/// compared but gas, which these count in a way of their own, and what follows from gas: fees,
/// balances of who pays and gets them, the state root. The few scenarios whose outcome depends on
/// how the official actors are metered are skipped where it does.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll vectors vectors
  atoll vectors vectors/fevm vectors/core --gas-report
  atoll vectors vectors/fevm --bundle v18/builtin-actors-mainnet.car
  atoll vectors fvm-test-vectors/corpus --bundle v10/builtin-actors-mainnet.car
  atoll vectors vectors --bundle v18.car --json | jq 'select(.result == \"failed\")'

A failure is one line: the vector, the step, and the first field that differs. If a state root
differs, the actors that differ follow. The last line counts; the exit code is 0 only if nothing
failed.

fvm-test-vectors are at https://github.com/filecoin-project/fvm-test-vectors.")]
pub struct Vectors {
    /// Files with vectors, or folders to search.
    #[arg(required_unless_present = "ethereum", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A bundle of official actors (.car); may be given several times.
    #[arg(long, value_name = "FILE")]
    bundle: Vec<PathBuf>,
    /// Run ethereum/tests instead, on the native actors: a folder with blockchain tests (such as
    /// BlockchainTests/GeneralStateTests) or virtual machine tests.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["paths", "bundle"])]
    ethereum: Option<PathBuf>,
    /// How many vectors run at a time; all cores if absent. The output does not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// Also tell how our gas compares with the recorded gas, by scenario and message.
    #[arg(long)]
    gas_report: bool,
    /// Print an object a line for every vector, and one with the counts at the end.
    #[arg(long)]
    json: bool,
}

impl Vectors {
    /// Runs the vectors and prints the report.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let threads = self
            .threads
            .or_else(|| thread::available_parallelism().ok());
        let threads = threads.map_or(1, NonZero::get);
        let report = match &self.ethereum {
            Some(folder) => self.run_ethereum(folder, threads)?,
            None => self.run_paths(threads)?,
        };
        let counts = report.counts();
        ensure!(
            counts.passed + counts.failed + counts.skipped > 0,
            "no vector among the {} JSON files given",
            report.others.len()
        );
        if self.json {
            report.print_json(out)?;
        } else {
            report.print(out)?;
        }
        match (self.gas_report, self.json) {
            (true, true) => gas_report::print_json(&report, out)?,
            (true, false) => gas_report::print(&report, out)?,
            (false, _) => {}
        }
        Ok(if counts.failed == 0 {
            Ending::Good
        } else {
            Ending::Failed
        })
    }

    fn run_ethereum(&self, folder: &Path, threads: usize) -> Result<Report> {
        let files = recognise::find(&[folder.to_owned()])?;
        let bar = progress_bar(files.len(), self.json);
        let report = ethereum::run(&files, threads, &|| bar.inc(1))?;
        bar.finish_and_clear();
        Ok(report)
    }

    fn run_paths(&self, threads: usize) -> Result<Report> {
        let candidates = recognise::find(&self.paths)?;
        let threads = threads.min(candidates.len().max(1));
        let bundles = self.bundle.iter().map(|path| Bundle::open(path));
        let lab = Lab::new(bundles.collect::<Result<_>>()?, threads)?;
        let bar = progress_bar(candidates.len(), self.json);
        let report = run_all(&candidates, threads, &|candidate| {
            let verdict = judge(&lab, candidate);
            bar.inc(1);
            verdict
        })?;
        bar.finish_and_clear();
        Ok(report)
    }
}

/// A bar on the terminal's error stream, where it does not mix with the report.
fn progress_bar(length: usize, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} vectors, {elapsed}")
        .expect("the template is well formed");
    ProgressBar::new(length as u64).with_style(style)
}

/// Judges every file on some threads. The order of the report is that of the files.
fn run_all(
    candidates: &[Candidate],
    threads: usize,
    judge: &(dyn Fn(&Candidate) -> Option<Verdict> + Sync),
) -> Result<Report> {
    let verdicts = workers::spread(
        candidates,
        threads,
        STACK_BYTES,
        &|candidate: &Candidate| judge(candidate),
    )?;
    let mut report = Report::default();
    for (candidate, verdict) in candidates.iter().zip(verdicts) {
        match verdict {
            Some(verdict) => report.verdicts.push(verdict),
            None => report.others.push(candidate.path.clone()),
        }
    }
    Ok(report)
}

/// Runs what a file holds; `None` if that is no vector, and nobody said that it was one.
fn judge(lab: &Lab, candidate: &Candidate) -> Option<Verdict> {
    let path = candidate.path.clone();
    let vector = match recognise::read(&path) {
        Ok(Some(vector)) => vector,
        Ok(None) if !candidate.named => return None,
        Ok(None) => {
            let error = anyhow::anyhow!("this is JSON, but in none of the formats of vectors");
            return Some(unreadable(path, &error));
        }
        Err(error) => return Some(unreadable(path, &error)),
    };
    let (name, format) = (vector.name().to_owned(), Some(vector.format()));
    let outcome = match vector {
        Vector::Corpus(vector) => corpus::run::run(lab, *vector),
        Vector::Recorded(scenario) => recorded::run::run(lab, &scenario, &path),
        Vector::Actors(scenario) => scenario::run(lab, &scenario, &path),
    };
    let outcome = outcome.unwrap_or_else(|error| Outcome::Failed(Difference::trouble(&error)));
    Some(Verdict {
        path,
        name,
        format,
        outcome,
    })
}

fn unreadable(path: PathBuf, error: &anyhow::Error) -> Verdict {
    let name = path.display().to_string();
    let outcome = Outcome::Failed(Difference::trouble(error));
    Verdict {
        path,
        name,
        format: None,
        outcome,
    }
}
