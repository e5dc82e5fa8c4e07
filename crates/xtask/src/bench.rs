//! Measures Atoll against its peers.
//!
//! The benchmarks are a workspace of their own (`bench/`), so that the peers are compiled only
//! when somebody measures.

use anyhow::Result;

use crate::shell;

#[derive(clap::Args)]
pub(crate) struct Args {
<<<<<<< HEAD
    /// Which benchmark; `bench/README.md` lists them.
=======
    /// Which benchmark: `engine` or `evm`.
>>>>>>> b9a95bb (wip: fitted gas, vectors natively, exec --deploy, bench evm)
    name: String,
    /// Fewer repetitions: enough to see that it works, too few to quote.
    #[arg(long)]
    quick: bool,
    /// Measures only this line, for example `erc20-transfer`.
    #[arg(long)]
    only: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = shell::cargo();
    command.args([
        "run",
        "--release",
        "--quiet",
        "--manifest-path",
        "bench/Cargo.toml",
        "--",
    ]);
    command.arg(&args.name);
    if args.quick {
        command.arg("--quick");
    }
    if let Some(only) = &args.only {
        command.args(["--only", only]);
    }
    shell::run(&mut command)
}
