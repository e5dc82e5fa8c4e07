//! The command line: reads files, wires the machine together, prints what it did.
//!
//! Start at [`main`]. `node` runs a chain; `vectors` proves the machine against what others recorded,
//! `exec` applies messages to a state, `bundle` shows what official actors a file holds, `state`
//! checks what actors promise of a state.
//!
//! Nothing depends on this crate. It downloads nothing: what it reads are the user's files.

pub mod abi;
pub mod amount;
pub mod bundle;
pub mod car;
pub mod contract;
pub mod engine;
pub mod exec;
pub mod file;
pub mod ipld;
pub mod node;
pub mod state;
pub mod state_diff;
pub mod store;
pub mod style;
pub mod vectors;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::bundle::inspect::Inspect;
use crate::exec::Exec;
use crate::node::NodeCommand;
use crate::state::check::Check;
use crate::style::{BAD, FAINT};
use crate::vectors::Vectors;

/// A Filecoin Virtual Machine.
///
/// Atoll applies Filecoin messages to a state, with the official built-in actors or with your
/// own, and shows what they did: receipts, events, gas and the new state root, bit for bit as
/// the network computes them.
#[derive(Debug, Parser)]
#[command(
    name = "atoll",
    version,
    propagate_version = true,
    after_help = "\
Environment: ATOLL_CACHE names the folder in which compiled Wasm is kept between runs (empty: it is
not kept; by default atoll in the user's cache folder). NO_COLOR turns colours off.

Exit codes: 0 all went well; 1 a vector failed, a message under exec --fail, or a state is broken;
2 the input could not be used, or the machine could not do its work.

Atoll downloads nothing. Where a command asks for a bundle of the official actors, take one from
https://github.com/filecoin-project/builtin-actors (Releases), for example
builtin-actors-mainnet.car of v18.0.0 for network version 28."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Node(NodeCommand),
    Vectors(Vectors),
    Exec(Exec),
    #[command(subcommand)]
    Bundle(BundleCommand),
    #[command(subcommand)]
    State(StateCommand),
}

/// Look into bundles of the official actors.
#[derive(Debug, Subcommand)]
enum BundleCommand {
    Inspect(Inspect),
}

/// Look at whole states.
#[derive(Debug, Subcommand)]
enum StateCommand {
    Check(Check),
}

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All went well.
    Good,
    /// A vector failed, or a message that should not have, or a state does not keep its promises.
    Failed,
}

/// Runs the program: arguments from the process, output to its streams.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(anstream::stdout());
    let ending = cli
        .run(&mut out)
        .and_then(|ending| Ok(out.flush().map(|()| ending)?));
    match ending {
        Ok(Ending::Good) => ExitCode::SUCCESS,
        Ok(Ending::Failed) => ExitCode::from(1),
        // Whoever read our output has enough of it: nothing went wrong.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let mut causes = error.chain();
            let first = causes.next().map(ToString::to_string).unwrap_or_default();
            anstream::eprintln!("{BAD}error:{BAD:#} {first}");
            for cause in causes {
                anstream::eprintln!("  {FAINT}because:{FAINT:#} {cause}");
            }
            ExitCode::from(2)
        }
    }
}

impl Cli {
    /// Runs the command that the arguments name.
    pub fn run(&self, out: &mut (dyn Write + Send)) -> anyhow::Result<Ending> {
        match &self.command {
            Command::Node(node) => node.run(out),
            Command::Vectors(vectors) => vectors.run(out),
            Command::Exec(exec) => exec.run(out),
            Command::Bundle(BundleCommand::Inspect(inspect)) => {
                inspect.run(out).map(|()| Ending::Good)
            }
            Command::State(StateCommand::Check(check)) => check.run(out),
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
