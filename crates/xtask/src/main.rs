//! Chores: everything a contributor or CI runs that is not `cargo build`.
//!
//! Start at [`main`]; each chore is a file.

mod bench;
mod clients;
mod fuzz;
mod shell;
mod test;
mod testactors;
mod vectors;
mod wasm_toolchain;

use clap::{Parser, Subcommand};

/// Atoll's chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Sets up whatever the tests need and runs them all. What CI runs.
    Test(test::Args),
    /// Runs unmodified Ethereum and Filecoin clients against a live node.
    Clients(clients::Args),
    /// Measures Atoll against its peers; prints a JSON object a line.
    Bench(bench::Args),
    /// Looks for differences between the native actors and the official ones.
    Fuzz(fuzz::Args),
    /// Replays every vector in `vectors/`, and public ones where environment variables name them.
    Vectors(vectors::Args),
    /// Prepares a toolchain that builds for wasm32-unknown-unknown, and builds the test actors.
    WasmToolchain,
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Clients(args) => clients::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Vectors(args) => vectors::run(&args),
        Chore::WasmToolchain => {
            let actors = testactors::build(&wasm_toolchain::prepare()?)?;
            println!("test actors: {}", actors.display());
            Ok(())
        }
    }
}
