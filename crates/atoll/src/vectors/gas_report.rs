//! `atoll vectors --gas-report`: what messages cost here, against what they cost when recorded.
//!
//! Only scenarios that pass are in it: elsewhere the messages did not do the same.

#![expect(
    clippy::float_arithmetic,
    reason = "ratios for people: nothing of this runs on a chain"
)]

use std::io::{self, Write};

use serde_json::json;

use super::report::{Outcome, Report, StepGas};
use crate::style::{FAINT, NAME};

/// A message is told by name if its ratio is outside.
const NEAR: std::ops::RangeInclusive<f64> = 0.85..=1.15;

/// Ratios of our gas to the official gas, in order.
struct Ratios(Vec<f64>);

impl Ratios {
    fn of<'a>(gas: impl IntoIterator<Item = &'a StepGas>) -> Self {
        let mut ratios: Vec<f64> = gas.into_iter().map(StepGas::ratio).collect();
        ratios.sort_by(f64::total_cmp);
        Self(ratios)
    }

    /// The ratio that so many percent are not above, by the nearest rank.
    fn percentile(&self, percent: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * percent / 100).copied().unwrap_or(1.0)
    }
}

/// The scenarios that say something of gas.
fn scenarios(report: &Report) -> impl Iterator<Item = (&str, &[StepGas])> {
    report
        .verdicts
        .iter()
        .filter_map(|verdict| match &verdict.outcome {
            Outcome::Passed { gas, .. } if !gas.is_empty() => {
                Some((verdict.name.as_str(), gas.as_slice()))
            }
            _ => None,
        })
}

/// Tells people: a line a scenario, the messages far off below it, and the percentiles of all.
pub fn print(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{FAINT}our gas to the official: messages, of all together, least, median, most{FAINT:#}"
    )?;
    for (name, gas) in scenarios(report) {
        let ratios = Ratios::of(gas);
        writeln!(
            out,
            "{NAME}{name:32}{NAME:#} {:4} {:6.3} {:6.3} {:6.3} {:6.3}",
            gas.len(),
            together(gas),
            ratios.percentile(0),
            ratios.percentile(50),
            ratios.percentile(100),
        )?;
        for step in gas.iter().filter(|step| !NEAR.contains(&step.ratio())) {
            writeln!(
                out,
                "  {:6.3} {} {FAINT}({} to {}){FAINT:#}",
                step.ratio(),
                step.step,
                step.ours,
                step.official
            )?;
        }
    }
    let all = Ratios::of(scenarios(report).flat_map(|(_, gas)| gas));
    let near = all.0.iter().filter(|ratio| NEAR.contains(ratio)).count();
    writeln!(
        out,
        "{} messages: median {:.3}, 5th percentile {:.3}, 95th {:.3}; {near} within {:.2} to {:.2}",
        all.0.len(),
        all.percentile(50),
        all.percentile(5),
        all.percentile(95),
        NEAR.start(),
        NEAR.end(),
    )
}

/// Tells programs: an object a line for every message, then one for all.
pub fn print_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (name, gas) in scenarios(report) {
        for step in gas {
            let line = json!({
                "scenario": name,
                "step": step.step,
                "official": step.official,
                "ours": step.ours,
                "ratio": step.ratio(),
            });
            writeln!(out, "{line}")?;
        }
    }
    let all = Ratios::of(scenarios(report).flat_map(|(_, gas)| gas));
    let summary = json!({
        "messages": all.0.len(),
        "median": all.percentile(50),
        "p5": all.percentile(5),
        "p95": all.percentile(95),
    });
    writeln!(out, "{summary}")
}

/// The ratio of sums.
fn together(gas: &[StepGas]) -> f64 {
    let sum = |of: fn(&StepGas) -> u64| gas.iter().map(|step| of(step) as f64).sum::<f64>();
    sum(|step| step.ours) / sum(|step| step.official)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use expect_test::expect;

    use super::*;
    use crate::vectors::report::Verdict;

    #[test]
    fn by_scenario_and_altogether() {
        let step = |step: &str, ours| StepGas {
            step: step.to_owned(),
            official: 1000,
            ours,
        };
        let gas = vec![step("a", 900), step("b", 1000), step("far off", 1300)];
        let report = Report {
            verdicts: vec![Verdict {
                path: PathBuf::from("token.json"),
                name: "token".to_owned(),
                format: Some("recorded"),
                outcome: Outcome::Passed { steps: 3, gas },
            }],
            others: Vec::new(),
            notes: Vec::new(),
        };
        let mut out = anstream::StripStream::new(Vec::new());
        print(&report, &mut out).expect("memory takes it");
        print_json(&report, &mut out).expect("memory takes it");
        expect![[r#"
            our gas to the official: messages, of all together, least, median, most
            token                               3  1.067  0.900  1.000  1.300
               1.300 far off (1300 to 1000)
            3 messages: median 1.000, 5th percentile 0.900, 95th 1.000; 2 within 0.85 to 1.15
            {"official":1000,"ours":900,"ratio":0.9,"scenario":"token","step":"a"}
            {"official":1000,"ours":1000,"ratio":1.0,"scenario":"token","step":"b"}
            {"official":1000,"ours":1300,"ratio":1.3,"scenario":"token","step":"far off"}
            {"median":1.0,"messages":3,"p5":0.9,"p95":1.0}
        "#]]
        .assert_eq(&String::from_utf8(out.into_inner()).expect("text"));
    }
}
