//! Looks for differences by generated input, for as long as it is given.

use anyhow::Result;

use crate::shell;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    target: Target,
}

#[derive(clap::Subcommand)]
enum Target {
    /// The native actors against the official bundle in Wasm: needs `--bundle FILE`, and takes
    /// `--seed N`, `--cases N`, `--seconds N`, `--record DIR`.
    Native {
        /// Passed on to `crates/atoll/examples/differential`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let Target::Native { rest } = &args.target;
    let mut command = shell::cargo();
    command.args([
        "run",
        "--release",
        "--quiet",
        "--package",
        "atoll",
        "--example",
        "differential",
        "--",
    ]);
    shell::run(command.args(rest))
}
