//! Sets up whatever the tests need and runs them all.

use anyhow::Result;

use crate::{clients, shell, testactors, wasm_toolchain};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leaves out formatting, lints and documentation.
    #[arg(long)]
    only_tests: bool,
    /// Leaves out other people's clients on a live node.
    #[arg(long)]
    without_clients: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if !args.only_tests {
        shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    }
    let actors = testactors::build(&wasm_toolchain::prepare()?)?;
    if !args.only_tests {
        shell::run(shell::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-Dwarnings",
        ]))?;
        shell::run(
            shell::cargo()
                .args([
                    "doc",
                    "--workspace",
                    "--no-deps",
                    "--document-private-items",
                    "--quiet",
                ])
                // A module's documentation leads its maintainers to private items too.
                .env(
                    "RUSTDOCFLAGS",
                    "-Dwarnings -Arustdoc::private_intra_doc_links",
                ),
        )?;
    }
    shell::run(
        shell::cargo()
            .args(["test", "--workspace", "--quiet"])
            .env("ATOLL_TEST_ACTORS", actors),
    )?;
    if args.without_clients {
        return Ok(());
    }
    clients::test()
}
