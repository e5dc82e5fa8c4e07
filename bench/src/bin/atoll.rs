//! The program itself, built here so that a benchmark of the node needs no other release build.

use std::process::ExitCode;

/// As in the program that is shipped (`crates/atoll/src/main.rs`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    atoll::main()
}
