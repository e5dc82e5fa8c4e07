//! The program itself, built here so that a benchmark of the node needs no other release build.

use std::process::ExitCode;

fn main() -> ExitCode {
    atoll::main()
}
