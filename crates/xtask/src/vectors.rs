//! Replays vectors with the release build of `atoll`.

use std::env;

use anyhow::Result;

use crate::shell;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed on to `atoll vectors`; `vectors/` if there are none.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = shell::cargo();
    command.args([
        "run",
        "--release",
        "--quiet",
        "--package",
        "atoll",
        "--",
        "vectors",
    ]);
    if args.rest.is_empty() {
        command.arg("vectors");
        if let Some(corpus) = env::var_os("ATOLL_CORPUS") {
            command.arg(corpus);
        }
        for name in ["ATOLL_BUNDLE", "ATOLL_BUNDLE_V9", "ATOLL_BUNDLE_V10"] {
            if let Some(bundle) = env::var_os(name) {
                command.arg("--bundle").arg(bundle);
            }
        }
    }
    shell::run(command.args(&args.rest))
}
