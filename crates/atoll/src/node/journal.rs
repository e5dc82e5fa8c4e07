//! What happens on the chain, a line or two for each message.

use std::io::{self, Write};

use atoll_actors::evm::{Bytes, method::INVOKE_CONTRACT};
use atoll_actors::registry;
use atoll_chain::{Chain, Executed, Notice, SignatureKind, Tipset, eth_tx};
use fvm_shared::METHOD_SEND;
use fvm_shared::error::ExitCode;
use fvm_shared::message::Message;

use crate::story::names::kind_of_name;
use crate::style::{BAD, FAINT, GOOD, NAME, PALE};
use crate::{abi, amount};

/// Prints a line for what is worth one.
pub(super) fn print(out: &mut dyn Write, chain: &Chain, notice: &Notice) -> io::Result<()> {
    match notice {
        Notice::Applied(tipset) => {
            for executed in &tipset.messages {
                message(out, chain, tipset, executed)?;
            }
            Ok(())
        }
        Notice::Dropped(message, why) => {
            writeln!(out, "{PALE}dropped{PALE:#} {} {why}", message.eth_hash)
        }
        Notice::Reverted(tipset) => writeln!(
            out,
            "{PALE}reverted{PALE:#} epoch {} ({} messages)",
            tipset.epoch(),
            tipset.messages.len()
        ),
        // A message that waits is on chain soon, and has its line then.
        Notice::Waiting(_) | Notice::Mining(_) => Ok(()),
    }
}

fn message(
    out: &mut dyn Write,
    chain: &Chain,
    tipset: &Tipset,
    executed: &Executed,
) -> io::Result<()> {
    let message = executed.message.message();
    write!(
        out,
        "{FAINT}{:>6}{FAINT:#} {FAINT}{}{FAINT:#} {NAME}{}{NAME:#}",
        executed.epoch, executed.message.eth_hash, executed.from
    )?;
    match (executed.created, executed.to) {
        (Some(created), _) => write!(out, " deploys {NAME}{created}{NAME:#}")?,
        (None, Some(to)) => write!(out, " -> {NAME}{to}{NAME:#}")?,
        (None, None) => write!(out, " -> {}", message.to)?,
    }
    if executed.created.is_none() {
        write!(out, " {}", method(chain, tipset, message))?;
    }
    if !message.value.is_zero() {
        write!(out, " {}", amount::show(&message.value))?;
    }
    write!(out, " gas {}", executed.receipt.gas_used)?;
    if executed.succeeded() {
        return writeln!(out, " {GOOD}ok{GOOD:#}");
    }
    writeln!(out, " {BAD}exit {}{BAD:#}", executed.receipt.exit_code)?;
    let why = revert_reason(executed).or_else(|| executed.failure.clone());
    if let Some(why) = why {
        // Reasons can be longer than a line, and hold what a contract wrote.
        writeln!(out, "       {BAD}{}{BAD:#}", why.escape_debug())?;
    }
    match is_in_ethereums_unit(executed) {
        true => writeln!(out, "       {PALE}{OTHER_UNIT}{PALE:#}"),
        false => Ok(()),
    }
}

const OTHER_UNIT: &str = "the gas limit looks like one of Ethereum's, whose unit is coarser: let the node \
                          estimate it (forge script: --skip-simulation)";

/// Did a transaction run out of gas that a tool reckoned for Ethereum, whose blocks have no more?
fn is_in_ethereums_unit(executed: &Executed) -> bool {
    const ETHEREUM_LIMIT_MAX: u64 = 30_000_000;
    executed.receipt.exit_code == ExitCode::SYS_OUT_OF_GAS
        && executed.message.signed.signature.kind == SignatureKind::Delegated
        && executed.message.message().gas_limit <= ETHEREUM_LIMIT_MAX
}

/// The method by its name, or by what the contract is asked for.
fn method(chain: &Chain, tipset: &Tipset, message: &Message) -> String {
    if message.method_num == METHOD_SEND {
        return "Send".to_owned();
    }
    if message.method_num == INVOKE_CONTRACT {
        let input = eth_tx::callee(message).map(|(_, input)| input);
        return match input.as_deref() {
            Ok([a, b, c, d, ..]) => format!("0x{a:02x}{b:02x}{c:02x}{d:02x}"),
            _ => "InvokeContract".to_owned(),
        };
    }
    let name = || {
        let mut state = chain.state(tipset).ok()?;
        let (_, actor) = state.actor(&message.to).ok()??;
        let kind = kind_of_name(&state.name_of_code(&actor.code)?)?;
        Some(registry::actor(kind)?.method(message.method_num)?.name)
    };
    match name() {
        Some(name) => name.to_owned(),
        None => format!("method {}", message.method_num),
    }
}

/// Why a contract reverted: in Solidity's own ways, or by the selector of its error.
fn revert_reason(executed: &Executed) -> Option<String> {
    let Bytes(data) = fvm_ipld_encoding::from_slice(&executed.receipt.return_data).ok()?;
    abi::show_revert(&data).or_else(|| {
        let selector = data.first_chunk::<4>()?;
        Some(format!("reverted with 0x{}", hex::encode(selector)))
    })
}
