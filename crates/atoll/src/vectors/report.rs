//! What became of a vector, and how that is told.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::json;

use crate::style::{BAD, FAINT, GOOD, NAME, PALE};

/// A vector and what became of it.
#[derive(Debug)]
pub struct Verdict {
    /// The file.
    pub path: PathBuf,
    /// What the vector calls itself.
    pub name: String,
    /// Which format it has; absent if the file could not be read.
    pub format: Option<&'static str>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a vector.
#[derive(Debug)]
pub enum Outcome {
    /// Everything was as expected.
    Passed {
        /// How many messages were applied and compared.
        steps: usize,
        /// What messages cost, where the vector says what they cost.
        gas: Vec<StepGas>,
    },
    /// Something was not.
    Failed(Box<Difference>),
    /// It was not run, for this reason.
    Skipped(String),
}

/// What a message cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepGas {
    /// Which message.
    pub step: String,
    /// What it cost when it was recorded, which is not zero.
    pub official: u64,
    /// What it cost here.
    pub ours: u64,
}

impl StepGas {
    /// Ours to the official.
    #[must_use]
    #[expect(clippy::float_arithmetic, reason = "a ratio for people")]
    pub fn ratio(&self) -> f64 {
        self.ours as f64 / self.official as f64
    }
}

/// The first thing that was not as expected.
#[derive(Debug)]
pub struct Difference {
    /// At which step of the vector, if it has several.
    pub step: Option<String>,
    /// What was compared.
    pub field: String,
    /// What the vector says.
    pub expected: String,
    /// What the machine said.
    pub got: String,
    /// More about it, a line each.
    pub notes: Vec<String>,
}

impl Difference {
    /// The vector could not be run to its end.
    pub fn trouble(error: &anyhow::Error) -> Box<Self> {
        Box::new(Self {
            step: None,
            field: "the run".to_owned(),
            expected: "to reach the end".to_owned(),
            got: format!("{error:#}"),
            notes: Vec::new(),
        })
    }

    /// Names the step at which it was met.
    #[must_use]
    pub fn at_step(mut self: Box<Self>, step: impl Into<String>) -> Box<Self> {
        self.step = Some(step.into());
        self
    }
}

/// Compares one field.
pub fn same<T: PartialEq + Debug + ?Sized>(
    field: impl Into<String>,
    expected: &T,
    got: &T,
) -> Result<(), Box<Difference>> {
    if expected == got {
        return Ok(());
    }
    Err(Box::new(Difference {
        step: None,
        field: field.into(),
        expected: format!("{expected:?}"),
        got: format!("{got:?}"),
        notes: Vec::new(),
    }))
}

/// Shows a value as people write it, where its `Debug` is made for programmers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plain<T>(pub T);

impl<T: Display> Debug for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

/// Everything that happened, in the order of the files.
#[derive(Debug, Default)]
pub struct Report {
    /// The vectors.
    pub verdicts: Vec<Verdict>,
    /// Files in the folders given that are no vectors.
    pub others: Vec<PathBuf>,
    /// What else is to be told, a line each.
    pub notes: Vec<String>,
}

/// How many vectors ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Everything as expected.
    pub passed: usize,
    /// Something not.
    pub failed: usize,
    /// Not run.
    pub skipped: usize,
    /// Messages applied and compared in the vectors that passed.
    pub steps: usize,
}

impl Report {
    /// Counts the outcomes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for verdict in &self.verdicts {
            match &verdict.outcome {
                Outcome::Passed { steps, .. } => {
                    counts.passed += 1;
                    counts.steps += steps;
                }
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// Tells people: the failures, the skips by reason, the counts.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        for verdict in &self.verdicts {
            if let Outcome::Failed(difference) = &verdict.outcome {
                print_failure(verdict, difference, out)?;
            }
        }
        self.print_skips(out)?;
        if let Some(first) = self.others.first() {
            writeln!(
                out,
                "{FAINT}{} JSON files hold no vector, {} the first{FAINT:#}",
                self.others.len(),
                first.display()
            )?;
        }
        for note in &self.notes {
            writeln!(out, "{PALE}note{PALE:#} {note}")?;
        }
        let Counts {
            passed,
            failed,
            skipped,
            steps,
        } = self.counts();
        let (good, bad) = if failed == 0 {
            (GOOD, FAINT)
        } else {
            (FAINT, BAD)
        };
        writeln!(out, "{FAINT}{steps} messages in those that passed{FAINT:#}")?;
        writeln!(
            out,
            "{good}{passed} passed{good:#}, {bad}{failed} failed{bad:#}, {skipped} skipped"
        )
    }

    fn print_skips(&self, out: &mut dyn Write) -> io::Result<()> {
        // A reason common to many is told once, with the first of them by name.
        const NAMED: usize = 3;
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for verdict in &self.verdicts {
            if let Outcome::Skipped(reason) = &verdict.outcome {
                by_reason.entry(reason).or_default().push(&verdict.name);
            }
        }
        for (reason, names) in by_reason {
            let more = match names.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = names[..names.len().min(NAMED)].join(", ");
            writeln!(out, "{PALE}skipped{PALE:#} {}: {reason}", names.len())?;
            writeln!(out, "  {FAINT}{named}{more}{FAINT:#}")?;
        }
        Ok(())
    }

    /// Tells programs: an object a line for every vector, then one with the counts.
    pub fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        for verdict in &self.verdicts {
            let mut line = json!({
                "path": verdict.path.display().to_string(),
                "name": verdict.name,
                "format": verdict.format,
            });
            match &verdict.outcome {
                Outcome::Passed { steps, .. } => {
                    line["result"] = json!("passed");
                    line["steps"] = json!(steps);
                }
                Outcome::Failed(difference) => {
                    line["result"] = json!("failed");
                    line["step"] = json!(difference.step);
                    line["field"] = json!(difference.field);
                    line["expected"] = json!(difference.expected);
                    line["got"] = json!(difference.got);
                    line["notes"] = json!(difference.notes);
                }
                Outcome::Skipped(reason) => {
                    line["result"] = json!("skipped");
                    line["reason"] = json!(reason);
                }
            }
            writeln!(out, "{line}")?;
        }
        for path in &self.others {
            let path = path.display().to_string();
            writeln!(out, "{}", json!({ "path": path, "result": "no vector" }))?;
        }
        for note in &self.notes {
            writeln!(out, "{}", json!({ "note": note }))?;
        }
        let Counts {
            passed,
            failed,
            skipped,
            steps,
        } = self.counts();
        let counts =
            json!({ "passed": passed, "failed": failed, "skipped": skipped, "steps": steps });
        writeln!(out, "{counts}")
    }
}

fn print_failure(
    verdict: &Verdict,
    difference: &Difference,
    out: &mut dyn Write,
) -> io::Result<()> {
    let step = match &difference.step {
        Some(step) => format!(", {step}"),
        None => String::new(),
    };
    let [expected, got] = around_difference(&difference.expected, &difference.got);
    writeln!(
        out,
        "{BAD}failed{BAD:#} {NAME}{}{NAME:#}{step}: {}: expected {expected}, got {got}",
        verdict.name, difference.field,
    )?;
    for note in &difference.notes {
        writeln!(out, "  {note}")?;
    }
    Ok(())
}

/// Long values (bytecode, return data) are cut for people to where they differ; `--json` has
/// them whole.
fn around_difference<'a>(one: &'a str, other: &'a str) -> [Cow<'a, str>; 2] {
    const LONG: usize = 300;
    const BEFORE: usize = 40;
    if one.len() <= LONG && other.len() <= LONG {
        return [one.into(), other.into()];
    }
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let start = common.saturating_sub(BEFORE);
    [one, other].map(|text| {
        let length = text.chars().count();
        let shown: String = text.chars().skip(start).take(LONG).collect();
        let front = if start > 0 { "..." } else { "" };
        let end = if start + LONG < length { "..." } else { "" };
        format!("{front}{shown}{end} ({length} characters)").into()
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn verdict(name: &str, outcome: Outcome) -> Verdict {
        let path = PathBuf::from(format!("vectors/{name}.json"));
        Verdict {
            path,
            name: name.to_owned(),
            format: Some("recorded"),
            outcome,
        }
    }

    fn report() -> Report {
        let difference = same("gas_used", &7, &8).expect_err("they differ");
        let mut difference = difference.at_step("step 3 \"deploy\"");
        difference.notes.push("f0100 balance 5 -> 6".to_owned());
        let skip = || Outcome::Skipped("needs another bundle".to_owned());
        let names = ["b", "c", "d", "e"];
        let mut verdicts = vec![verdict("a", Outcome::Failed(difference))];
        verdicts.extend(names.map(|name| verdict(name, skip())));
        verdicts.push(verdict(
            "f",
            Outcome::Passed {
                steps: 12,
                gas: Vec::new(),
            },
        ));
        Report {
            verdicts,
            others: vec!["vectors/index.json".into()],
            notes: vec!["listed for nothing".to_owned()],
        }
    }

    #[track_caller]
    fn check(print: impl Fn(&Report, &mut dyn Write) -> io::Result<()>, expected: Expect) {
        let mut out = anstream::StripStream::new(Vec::new());
        print(&report(), &mut out).expect("memory takes it");
        expected.assert_eq(&String::from_utf8(out.into_inner()).expect("text"));
    }

    #[test]
    fn for_people() {
        check(
            |report, out| report.print(out),
            expect![[r#"
            failed a, step 3 "deploy": gas_used: expected 7, got 8
              f0100 balance 5 -> 6
            skipped 4: needs another bundle
              b, c, d and 1 more
            1 JSON files hold no vector, vectors/index.json the first
            note listed for nothing
            12 messages in those that passed
            1 passed, 1 failed, 4 skipped
        "#]],
        );
    }

    #[test]
    fn for_programs() {
        check(
            |report, out| report.print_json(out),
            expect![[r#"
            {"expected":"7","field":"gas_used","format":"recorded","got":"8","name":"a","notes":["f0100 balance 5 -> 6"],"path":"vectors/a.json","result":"failed","step":"step 3 \"deploy\""}
            {"format":"recorded","name":"b","path":"vectors/b.json","reason":"needs another bundle","result":"skipped"}
            {"format":"recorded","name":"c","path":"vectors/c.json","reason":"needs another bundle","result":"skipped"}
            {"format":"recorded","name":"d","path":"vectors/d.json","reason":"needs another bundle","result":"skipped"}
            {"format":"recorded","name":"e","path":"vectors/e.json","reason":"needs another bundle","result":"skipped"}
            {"format":"recorded","name":"f","path":"vectors/f.json","result":"passed","steps":12}
            {"path":"vectors/index.json","result":"no vector"}
            {"note":"listed for nothing"}
            {"failed":1,"passed":1,"skipped":4,"steps":12}
        "#]],
        );
    }

    #[test]
    fn long_values_are_cut_to_where_they_differ() {
        let one = format!("{}x{}", "0".repeat(1000), "1".repeat(1000));
        let other = format!("{}y{}", "0".repeat(1000), "1".repeat(10));
        let [one, other] = around_difference(&one, &other);
        assert!(
            one.starts_with("...0") && one.contains("0x1") && one.len() < 400,
            "{one}"
        );
        assert!(other.contains("0y1111111111 (1011 characters)"), "{other}");
    }
}
