//! `atoll bundle inspect`: what is in a bundle.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::known::network_versions;
use super::{Bundle, known::Known};
use crate::style::{BOLD, FAINT};

/// Show what a bundle of actors holds.
///
/// Every block is checked against its CID on the way, so a bundle that is shown is whole.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll bundle inspect builtin-actors-mainnet.car
  atoll bundle inspect builtin-actors-mainnet.car --json | jq -r .actors[].name

Bundles are published by builtin-actors (https://github.com/filecoin-project/builtin-actors,
Releases). Lotus keeps every version in its folder build/actors (packed with zstd).")]
pub struct Inspect {
    /// The bundle: a CAR file, gzipped or not.
    file: PathBuf,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    /// Reads the bundle and prints it.
    pub fn run(&self, out: &mut dyn Write) -> Result<()> {
        let bundle = Bundle::open(&self.file)?;
        if self.json {
            print_json(&bundle, out)
        } else {
            print_table(&bundle, out)
        }
    }
}

fn print_json(bundle: &Bundle, out: &mut dyn Write) -> Result<()> {
    let actors: Vec<_> = bundle
        .actors
        .iter()
        .map(|actor| json!({ "name": actor.name, "code": actor.code.to_string(), "size": actor.size }))
        .collect();
    let known = bundle.known();
    let shown = json!({
        "manifest": bundle.manifest.to_string(),
        "manifest_version": bundle.manifest_version,
        "data": bundle.data.to_string(),
        "actors_version": known.map(|known| known.version),
        "release": known.map(|known| known.release),
        "network": known.map(|known| known.network),
        "actors": actors,
    });
    writeln!(out, "{shown:#}")?;
    Ok(())
}

fn print_table(bundle: &Bundle, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}", describe(bundle.known()))?;
    writeln!(out, "manifest  {}", bundle.manifest)?;
    writeln!(
        out,
        "data      {}  {FAINT}what states refer to{FAINT:#}",
        bundle.data
    )?;
    writeln!(out)?;
    let width = bundle
        .actors
        .iter()
        .map(|actor| actor.name.len())
        .max()
        .unwrap_or(0);
    for actor in &bundle.actors {
        writeln!(
            out,
            "{:width$}  {:>9}  {}",
            actor.name, actor.size, actor.code
        )?;
    }
    let total: usize = bundle.actors.iter().map(|actor| actor.size).sum();
    writeln!(
        out,
        "\n{} actors, {total} bytes of Wasm",
        bundle.actors.len()
    )?;
    Ok(())
}

fn describe(known: Option<Known>) -> String {
    let Some(known) = known else {
        return "Not one of the published bundles that this build knows".to_owned();
    };
    let versions = match network_versions(known.version) {
        Some((first, last)) if first == last => format!(", for network version {first}"),
        Some((first, last)) => format!(", for network versions {first} to {last}"),
        None => String::new(),
    };
    format!(
        "builtin-actors {} for {}{versions}",
        known.release, known.network
    )
}
