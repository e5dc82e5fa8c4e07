//! Measures Atoll against its peers: the same work on both sides, in one run, by CPU time.
//!
//! One module a benchmark; [`measure`] is what they share. Each measurement is a process of its
//! own, this program started again, so that CPU seconds and peak memory are its alone.

mod engine;
mod evm;
mod lines;
mod measure;
mod storage;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

/// As in the program `atoll`. Both sides allocate with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// The engine on the official actors, against crate `fvm` 4.8.4.
    Engine(lines::Args),
    /// One process of `engine`.
    #[command(hide = true, subcommand)]
    EngineProcess(engine::Process),
    /// Contracts on the native actors, against crate `fvm` on the official ones, and against revm.
    Evm(lines::Args),
    /// One process of `evm`.
    #[command(hide = true)]
    EvmProcess(evm::Process),
    /// The storage actors, natively, against crate `fvm` 4.8.4 with the official ones.
    Storage(lines::Args),
    /// One process of `storage`.
    #[command(hide = true, subcommand)]
    StorageProcess(storage::Process),
}

fn main() -> Result<()> {
    match Args::parse().bench {
        Bench::Engine(args) => engine::run(&args),
        Bench::EngineProcess(process) => engine::process(process),
        Bench::Evm(args) => evm::run(&args),
        Bench::EvmProcess(process) => evm::process(&process),
        Bench::Storage(args) => storage::run(&args),
        Bench::StorageProcess(process) => storage::process(process),
    }
}

/// The official bundle that the user has.
fn bundle() -> Result<PathBuf> {
    let path = std::env::var_os("ATOLL_BUNDLE").context(
        "set ATOLL_BUNDLE to the CAR file of the official v18 mainnet bundle \
         (builtin-actors' releases have it)",
    )?;
    let path = PathBuf::from(path);
    if !path.is_file() {
        bail!("ATOLL_BUNDLE names {}, which is no file", path.display());
    }
    Ok(path)
}

/// The recorded vectors.
fn vectors() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}
