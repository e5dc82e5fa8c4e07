//! The command line: reads files, wires the machine together, prints what it did.
//!
//! Start at [`main`]. `node` runs a chain, and the commands of [`client`] ask a running one;
//! `vectors` proves the machine against what others recorded, `exec` applies messages to a state,
//! `bundle` shows what official actors a file holds, `state check` what actors promise of a state.
//!
//! Nothing depends on this crate. It downloads nothing: what it reads are the user's files, and
//! what nodes answer that the user names.

pub mod abi;
pub mod amount;
pub mod artifact;
pub mod bundle;
pub mod client;
pub mod contract;
pub mod engine;
pub mod exec;
pub mod file;
pub mod ipld;
pub mod node;
pub mod parts;
pub mod remote;
pub mod state;
pub mod state_diff;
pub mod store;
pub mod story;
pub mod style;
pub mod vectors;

pub use atoll_chain::car;

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use atoll_vm::executor::STACK_BYTES;
use clap::{Parser, Subcommand};

use crate::bundle::inspect::Inspect;
use crate::client::addr::AddrCommand;
use crate::client::call::CallCommand;
use crate::client::chain::ChainCommand;
use crate::client::deploy::DeployCommand;
use crate::client::send::SendCommand;
use crate::client::state::StateCommand;
use crate::client::trace::TraceCommand;
use crate::client::wallet::WalletCommand;
use crate::exec::Exec;
use crate::node::NodeCommand;
use crate::style::{BAD, FAINT};
use crate::vectors::Vectors;

/// A Filecoin Virtual Machine.
///
/// `atoll node` runs a Filecoin chain of your own; send, call, deploy, trace and others work on
/// it, or on any other node.
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
not kept; by default atoll in the user's cache folder). ATOLL_URL is the node that commands ask,
ATOLL_WALLET the file of keys. NO_COLOR turns colours off.

Exit codes: 0 all went well; 1 a vector or a message that was sent or called failed, or a state is
broken; 2 the input could not be used, or the machine could not do its work.

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
    Send(SendCommand),
    Call(CallCommand),
    Deploy(DeployCommand),
    Trace(TraceCommand),
    Addr(AddrCommand),
    Wallet(WalletCommand),
    State(StateCommand),
    Chain(ChainCommand),
    Vectors(Vectors),
    Exec(Exec),
    #[command(subcommand)]
    Bundle(BundleCommand),
}

/// Look into bundles of the official actors.
#[derive(Debug, Subcommand)]
enum BundleCommand {
    Inspect(Inspect),
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
            Command::Send(send) => send.run(out),
            Command::Call(call) => call.run(out),
            Command::Deploy(deploy) => deploy.run(out),
            Command::Trace(trace) => on_stack(|| trace.run(out)),
            Command::Addr(addr) => addr.run(out),
            Command::Wallet(wallet) => wallet.run(out),
            Command::State(state) => state.run(out),
            Command::Chain(chain) => chain.run(out),
            Command::Vectors(vectors) => vectors.run(out),
            Command::Exec(exec) => exec.run(out),
            Command::Bundle(BundleCommand::Inspect(inspect)) => {
                inspect.run(out).map(|()| Ending::Good)
            }
        }
    }
}

/// Runs something on as much stack as calls may nest deep.
fn on_stack<T: Send>(work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK_BYTES);
        let worker = worker.spawn_scoped(scope, work)?;
        worker
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the command panicked; this is a bug"))
    })
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
