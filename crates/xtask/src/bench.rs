//! Measures Atoll against its peers.
//!
//! Most benchmarks are a workspace of their own (`bench/`), so that the peers are compiled only when
//! somebody measures. The node's is a script that sends the same requests to both
//! (`clients/bench.mjs`); its peer comes from npm.

use std::process::Command;

use anyhow::Result;

use crate::clients::Node;
use crate::shell;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which benchmark: `node`, or one that `bench/README.md` lists.
    name: String,
    /// Fewer repetitions: enough to see that it works, too few to quote.
    #[arg(long)]
    quick: bool,
    /// Measures only this line, for example `erc20-transfer`.
    #[arg(long)]
    only: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = match args.name.as_str() {
        "node" => node()?,
        other => of_workspace(other),
    };
    if args.quick {
        command.arg("--quick");
    }
    if let Some(only) = &args.only {
        command.args(["--only", only]);
    }
    shell::run(&mut command)
}

/// A benchmark of the workspace `bench/`.
fn of_workspace(name: &str) -> Command {
    let mut command = shell::cargo();
    command.args([
        "run",
        "--release",
        "--quiet",
        "--manifest-path",
        "bench/Cargo.toml",
        "--",
    ]);
    command.arg(name);
    command
}

/// The node, against anvil.
fn node() -> Result<Command> {
    shell::run(shell::cargo().args([
        "build",
        "--release",
        "--quiet",
        "--manifest-path",
        "bench/Cargo.toml",
        "--bin",
        "atoll",
    ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(
        || shell::root().join("bench/target"),
        |dir| shell::root().join(dir),
    );
    let mut command = Node::prepare()?.script("bench.mjs");
    command.arg("--node").arg(target.join("release/atoll"));
    Ok(command)
}
