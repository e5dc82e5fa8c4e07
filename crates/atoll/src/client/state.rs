//! `atoll state`: what an actor holds, decoded.

use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use ipld_core::ipld::Ipld;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Asked;
use super::trace::codes::Codes;
use crate::exec::input::parse_address;
use crate::remote::{Refusal, Remote};
use crate::state::check::Check;
use crate::story::names::kind_of_name;
use crate::story::remote::Link;
use crate::style::{BOLD, FAINT, NAME};
use crate::{Ending, amount, contract, ipld};

/// Show what an actor holds, at any epoch.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll state f01                       the init actor
  atoll state 0x5FbDB2315678afecb367f032d93F642f64180aa3 --slots
  atoll state f02 --epoch 3
  atoll state check state.car")]
#[command(args_conflicts_with_subcommands = true)]
pub struct StateCommand {
    #[command(subcommand)]
    action: Option<Action>,
    /// Its address in any form.
    #[arg(required = true)]
    address: Option<String>,
    /// After this epoch; the newest state if absent.
    #[arg(long, value_name = "EPOCH")]
    epoch: Option<u64>,
    /// Show every slot of a contract's storage.
    #[arg(long)]
    slots: bool,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(Check),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Actor {
    code: Link,
    head: Link,
    nonce: u64,
    balance: String,
    #[serde(default)]
    delegated_address: Option<String>,
}

impl StateCommand {
    /// Shows the actor, or checks a state.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        match (&self.action, &self.address) {
            (Some(Action::Check(check)), _) => check.run(out),
            (None, Some(address)) => self.show(address, out),
            (None, None) => bail!("name an actor"),
        }
    }

    fn show(&self, named: &str, out: &mut dyn Write) -> Result<Ending> {
        let remote = self.asked.remote();
        let address = parse_address(named)?;
        let key = tipset_at(&remote, self.epoch)?;
        let actor: Actor =
            match remote.ask("Filecoin.StateGetActor", json!([address.to_string(), key])) {
                Ok(actor) => actor,
                Err(error) if error.is::<Refusal>() => {
                    return Err(error.context(format!("there is no actor at {named}")));
                }
                Err(error) => return Err(error),
            };
        let (code, head) = (actor.code.cid()?, actor.head.cid()?);
        let name = Codes::ask(&remote)?.name(&code, &address)?;
        let block = remote.read(&head)?;
        let block = block.with_context(|| format!("the node does not have the state {head}"))?;
        let slots = match (self.slots, name.as_deref()) {
            (false, _) => None,
            (true, Some("evm")) => {
                let blocks = remote.blocks();
                let contract = contract::Contract::load(&blocks, &head)?;
                Some(contract::slots(&blocks, &contract.storage)?)
            }
            (true, _) => bail!("only contracts have slots"),
        };
        let typed = typed(name.as_deref(), &block);
        if self.asked.json {
            let slots = slots.map(|slots| -> serde_json::Map<String, Value> {
                let slots = slots.iter();
                slots
                    .map(|(key, value)| (key.to_hex(), value.to_hex().into()))
                    .collect()
            });
            let shown = json!({
                "address": address.to_string(),
                "actor": name,
                "code": code.to_string(),
                "head": head.to_string(),
                "nonce": actor.nonce,
                "balance": actor.balance,
                "delegated": actor.delegated_address,
                "state": typed,
                "block": hex::encode(&block),
                "slots": slots,
            });
            writeln!(out, "{shown}")?;
            return Ok(Ending::Good);
        }
        let balance: BigInt = actor.balance.parse().context("a balance")?;
        writeln!(
            out,
            "{BOLD}actor{BOLD:#}    {NAME}{}{NAME:#}",
            name.as_deref().unwrap_or("?")
        )?;
        if let Some(delegated) = &actor.delegated_address {
            writeln!(out, "{BOLD}address{BOLD:#}  {delegated}")?;
        }
        writeln!(
            out,
            "{BOLD}balance{BOLD:#}  {}",
            amount::show(&TokenAmount::from_atto(balance))
        )?;
        writeln!(out, "{BOLD}nonce{BOLD:#}    {}", actor.nonce)?;
        writeln!(out, "{BOLD}code{BOLD:#}     {FAINT}{code}{FAINT:#}")?;
        writeln!(out, "{BOLD}head{BOLD:#}     {FAINT}{head}{FAINT:#}")?;
        match typed {
            Some(typed) => print_fields(&typed, out)?,
            None => {
                let tree: Result<Ipld, _> = fvm_ipld_encoding::from_slice(&block);
                match tree {
                    Ok(tree) => writeln!(out, "{}", ipld::show(&tree))?,
                    Err(_) => writeln!(out, "0x{}", hex::encode(&block))?,
                }
            }
        }
        for (key, value) in slots.iter().flatten() {
            writeln!(out, "  {NAME}{}{NAME:#} = {}", key.to_hex(), value.to_hex())?;
        }
        Ok(Ending::Good)
    }
}

/// The state by the fields of its type, if it is a built-in actor's.
fn typed(name: Option<&str>, block: &[u8]) -> Option<String> {
    let actor = atoll_actors::registry::actor(kind_of_name(name?)?)?;
    (actor.state.show)(block).ok()
}

/// Prints a value as Rust shows it, a field a line.
fn print_fields(shown: &str, out: &mut dyn Write) -> Result<()> {
    let fields = shown
        .split_once(" { ")
        .and_then(|(name, fields)| Some((name, fields.strip_suffix(" }")?)));
    let Some((name, fields)) = fields else {
        return Ok(writeln!(out, "{shown}")?);
    };
    writeln!(out, "{BOLD}{name}{BOLD:#}")?;
    let (mut depth, mut quoted, mut start) = (0_i32, false, 0);
    for (at, c) in fields.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                print_field(&fields[start..at], out)?;
                start = at + 1;
            }
            _ => {}
        }
    }
    print_field(&fields[start..], out)
}

fn print_field(field: &str, out: &mut dyn Write) -> Result<()> {
    match field.trim().split_once(": ") {
        Some((name, value)) => writeln!(out, "  {NAME}{name}{NAME:#}: {value}")?,
        None => writeln!(out, "  {}", field.trim())?,
    }
    Ok(())
}

/// The key of the tipset at an epoch, as Lotus' methods take it: the head's is empty.
pub fn tipset_at(remote: &Remote, epoch: Option<u64>) -> Result<Value> {
    let Some(epoch) = epoch else {
        return Ok(json!([]));
    };
    let tipset: Value = remote.ask("Filecoin.ChainGetTipSetByHeight", json!([epoch, []]))?;
    let height = tipset.get("Height").and_then(Value::as_u64);
    // Where the round was null, the tipset before it is the state's.
    if height.is_none_or(|height| height > epoch) {
        bail!("the chain has no epoch {epoch} yet");
    }
    Ok(tipset.get("Cids").cloned().unwrap_or_else(|| json!([])))
}
