//! `atoll trace`: what a message did, call by call.

pub mod codes;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use atoll_actors::eam::CreateReturn;
use atoll_actors::evm::EthAddress;
use atoll_chain::Hash;
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cid::Cid;
use clap::Args;
use fvm_ipld_amt::Amt;
use fvm_ipld_encoding::{CBOR, RawBytes};
use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;
use fvm_shared::event::StampedEvent;
use serde::Deserialize;
use serde_json::{Value, json};

use self::codes::Codes;
use super::Asked;
use super::accounts::{DEV_COUNT, addresses};
use super::submit::{Sent, hash_of, quantity};
use crate::Ending;
use crate::artifact;
use crate::exec::input::{ethereum_address, parse_address};
use crate::remote::Remote;
use crate::story::names::Names;
use crate::story::remote::Link;
use crate::story::show::{call_json, event_json, group, print_call, print_gas};
use crate::story::{Story, flame, remote};
use crate::style::{BAD, BOLD, FAINT, GOOD};

/// Show what a message did, call by call.
///
/// The node runs the message once more and tells every call: to which actor, with which
/// parameters and value, what it answered, emitted and cost. Built-in actors' methods are known
/// by name; contracts' functions, events and errors are, if --abi names their artifacts.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll trace latest
  atoll trace 0x5c50... --abi out/                   Foundry's or Hardhat's artifacts
  atoll trace 0x5c50... --gas                        what every unit of gas was charged for
  atoll trace 0x5c50... --flame gas.svg              the same as a picture, to open in a browser
  atoll trace bafy2bzace... --url https://api.node.glif.io/rpc/v1")]
pub struct TraceCommand {
    /// The hash of a transaction, the CID of a message, or `latest`: the last one on chain.
    message: String,
    /// Artifacts of solc, Foundry or Hardhat, ABIs, or folders of these. Repeatable.
    #[arg(long, value_name = "PATH")]
    abi: Vec<PathBuf>,
    /// Show everything that gas was charged for.
    #[arg(long)]
    gas: bool,
    /// Draw the gas as a flame graph into this file (SVG).
    #[arg(long, value_name = "FILE")]
    flame: Option<PathBuf>,
    #[command(flatten)]
    asked: Asked,
}

/// A message on chain that the node ran once more.
#[derive(Debug)]
pub struct Replayed {
    /// The hash of the Ethereum transaction, if it is one.
    pub hash: Option<Hash>,
    /// The CID of the message.
    pub cid: Cid,
    /// The epoch of its tipset.
    pub epoch: i64,
    /// What is on chain.
    pub receipt: Receipt,
    /// Who sent it.
    pub from: Address,
    /// To whom.
    pub to: Address,
    /// What went along, in attoFIL.
    pub value: String,
    /// Why it failed, in the node's words.
    pub error: String,
    trace: Value,
}

/// A receipt in Lotus' form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Receipt {
    exit_code: u32,
    #[serde(rename = "Return")]
    returned: Option<String>,
    /// What it used.
    pub gas_used: u64,
    events_root: Option<Link>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.cid() {
            Ok(cid) => cid.fmt(f),
            Err(_) => f.write_str("no CID"),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lookup {
    message: Link,
    height: i64,
    receipt: Receipt,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Invocation {
    msg: Sender,
    #[serde(default)]
    error: String,
    execution_trace: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sender {
    from: String,
    to: String,
    value: String,
}

/// Finds a message on chain, and has it run once more. `None` if it is not on chain yet.
pub fn find(sent: &Sent, remote: &Remote) -> Result<Option<Replayed>> {
    let (hash, cid) = match sent {
        Sent::Filecoin(cid) => (None, *cid),
        Sent::Ethereum(hash) => {
            let params = json!([hash.to_string()]);
            let cid: Option<Link> =
                remote.ask("Filecoin.EthGetMessageCidByTransactionHash", params)?;
            match cid {
                Some(cid) => (Some(*hash), cid.cid()?),
                None => return Ok(None),
            }
        }
    };
    let link = json!({ "/": cid.to_string() });
    /// As far back as the chain goes.
    const ALL: i64 = -1;
    let found: Option<Lookup> =
        remote.ask("Filecoin.StateSearchMsg", json!([[], link, ALL, true]))?;
    let Some(Lookup {
        message,
        height,
        receipt,
    }) = found
    else {
        return Ok(None);
    };
    let invocation: Invocation = remote.ask("Filecoin.StateReplay", json!([[], link]))?;
    Ok(Some(Replayed {
        hash,
        cid: message.cid()?,
        epoch: height,
        receipt,
        from: parse_address(&invocation.msg.from)?,
        to: parse_address(&invocation.msg.to)?,
        value: invocation.msg.value,
        error: invocation.error,
        trace: invocation.execution_trace,
    }))
}

impl Receipt {
    /// How it ended.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::new(self.exit_code)
    }

    /// What it returned.
    pub fn returned(&self) -> Result<Vec<u8>> {
        let text = self.returned.as_deref().unwrap_or_default();
        STANDARD.decode(text).context("the receipt's return data")
    }
}

/// A contract that a message created.
#[derive(Clone, Copy, Debug)]
pub struct Created {
    id: u64,
    address: EthAddress,
}

impl Created {
    /// Prints its addresses.
    pub fn print(&self, out: &mut dyn Write) -> Result<()> {
        writeln!(
            out,
            "{BOLD}contract{BOLD:#}     {GOOD}{}{GOOD:#}",
            self.address
        )?;
        Ok(writeln!(
            out,
            "             {FAINT}{} f0{}{FAINT:#}",
            self.address.to_f410(),
            self.id
        )?)
    }

    /// Its addresses for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "ethereum": self.address.to_string(),
            "delegated": self.address.to_f410().to_string(),
            "id": format!("f0{}", self.id),
        })
    }
}

impl Replayed {
    /// How users call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self.hash {
            Some(hash) => hash.to_string(),
            None => self.cid.to_string(),
        }
    }

    /// The codec of what it returned, as the trace has it.
    #[must_use]
    pub fn return_codec(&self) -> u64 {
        let codec = self
            .trace
            .pointer("/MsgRct/ReturnCodec")
            .and_then(Value::as_u64);
        codec.unwrap_or(CBOR)
    }

    /// The contract that it created.
    pub fn created(&self) -> Result<Option<Created>> {
        if self.to != Address::new_id(atoll_vm::actors::EAM_ACTOR)
            || !self.receipt.exit_code().is_success()
        {
            return Ok(None);
        }
        let created: CreateReturn = RawBytes::new(self.receipt.returned()?)
            .deserialize()
            .context("what the address manager returned")?;
        Ok(Some(Created {
            id: created.actor_id,
            address: created.eth_address,
        }))
    }

    /// What happened, with names for everybody in it.
    pub fn story(&self, remote: &Remote) -> Result<(Story, Names)> {
        let (mut story, delegated) = remote::read(&self.trace)?;
        let mut names = Names::default();
        for (id, address) in delegated {
            if let Some(shown) = ethereum_address(&address) {
                names.actors.insert(id, shown);
            }
        }
        // An account is called by what a user calls it, wherever it turns up.
        for (index, key) in derive(DEV_MNEMONIC, DEV_PATH, DEV_COUNT)?
            .iter()
            .enumerate()
        {
            for address in addresses(key).into_iter().flatten() {
                let shown = ethereum_address(&address).unwrap_or_else(|| address.to_string());
                let name = format!("{shown} (dev {index})");
                if let Some(actor) = names.actors.values_mut().find(|actor| **actor == shown) {
                    actor.clone_from(&name);
                }
                names.addresses.insert(address, name);
            }
        }
        let mut codes = Codes::ask(remote)?;
        name_codes(&story.calls, &mut codes)?;
        for (code, name) in codes.known {
            if let Some(name) = name {
                names.codes.insert(code, name);
            }
        }
        story.place(self.events(remote)?);
        Ok((story, names))
    }

    /// What was emitted and stayed.
    fn events(&self, remote: &Remote) -> Result<Vec<StampedEvent>> {
        let Some(root) = &self.receipt.events_root else {
            return Ok(Vec::new());
        };
        let blocks = remote.blocks();
        let events = Amt::<StampedEvent, _>::load(&root.cid()?, blocks);
        let mut all = Vec::new();
        events
            .context("the events of the message")?
            .for_each(|_, event| {
                all.push(event.clone());
                Ok(())
            })
            .context("the events of the message")?;
        Ok(all)
    }
}

fn name_codes(calls: &[crate::story::Call], codes: &mut Codes<'_>) -> Result<()> {
    for call in calls {
        if let Some((id, code)) = &call.callee {
            codes.name(code, &Address::new_id(*id))?;
        }
        name_codes(&call.calls, codes)?;
    }
    Ok(())
}

impl TraceCommand {
    /// Shows the message.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let remote = self.asked.remote();
        let sent = match self.message.as_str() {
            "latest" => latest(&remote)?,
            hash if hash.starts_with("0x") => Sent::Ethereum(hash_of(hash)?),
            _ => Sent::Filecoin(self.message.parse().with_context(|| {
                format!("{:?} is neither a hash (0x...) nor a CID", self.message)
            })?),
        };
        let Some(replayed) = find(&sent, &remote)? else {
            bail!("no message {sent} is on the chain of {}", remote.url());
        };
        let (story, mut names) = replayed.story(&remote)?;
        names.contracts = artifact::interfaces(self.abi.iter().map(PathBuf::as_path))?;
        if let Some(path) = &self.flame {
            let drawn = flame::svg(&story, &names, &replayed.name());
            fs::write(path, drawn).with_context(|| format!("writing {}", path.display()))?;
        }
        if self.asked.json {
            writeln!(out, "{}", json_of(&replayed, &story)?)?;
        } else {
            self.print(&replayed, &story, &names, out)?;
        }
        Ok(Ending::Good)
    }

    fn print(
        &self,
        replayed: &Replayed,
        story: &Story,
        names: &Names,
        out: &mut dyn Write,
    ) -> Result<()> {
        let code = replayed.receipt.exit_code();
        let end = match code.is_success() {
            true => format!("{GOOD}ok{GOOD:#}"),
            false => format!("{BAD}exit {code}{BAD:#}"),
        };
        writeln!(
            out,
            "{BOLD}{}{BOLD:#} in epoch {}, from {}: {end}, {} gas",
            replayed.name(),
            replayed.epoch,
            names.address(&replayed.from),
            group(replayed.receipt.gas_used)
        )?;
        for call in &story.calls {
            print_call(names, call, 0, out)?;
        }
        if !code.is_success() && !replayed.error.is_empty() {
            writeln!(out, "{BAD}{}{BAD:#}", replayed.error.escape_debug())?;
        }
        if self.gas {
            writeln!(out, "gas by cause")?;
            print_gas(story, usize::MAX, out)?;
        }
        if let Some(path) = &self.flame {
            writeln!(out, "{FAINT}flame graph in {}{FAINT:#}", path.display())?;
        }
        Ok(())
    }
}

/// The last message on chain, if it is not far below the head.
fn latest(remote: &Remote) -> Result<Sent> {
    const DEPTH_MAX: u64 = 100;
    let head = quantity(remote, "eth_blockNumber", json!([]))?;
    for epoch in (head.saturating_sub(DEPTH_MAX)..=head).rev() {
        let params = json!([format!("0x{epoch:x}"), false]);
        let block: Option<Value> = remote.ask("eth_getBlockByNumber", params)?;
        let hashes = block
            .as_ref()
            .and_then(|block| block.get("transactions")?.as_array());
        if let Some(hash) = hashes.and_then(|hashes| hashes.last()?.as_str()) {
            return Ok(Sent::Ethereum(hash_of(hash)?));
        }
    }
    bail!("the last {DEPTH_MAX} epochs have no message")
}

fn json_of(replayed: &Replayed, story: &Story) -> Result<Value> {
    let gas: serde_json::Map<String, Value> = story
        .gas
        .iter()
        .map(|(name, spent)| {
            let spent = json!({ "charges": spent.charges, "milligas": spent.gas.milligas() });
            (name.clone(), spent)
        })
        .collect();
    Ok(json!({
        "hash": replayed.hash.map(|hash| hash.to_string()),
        "cid": replayed.cid.to_string(),
        "epoch": replayed.epoch,
        "from": replayed.from.to_string(),
        "to": replayed.to.to_string(),
        "value": replayed.value,
        "exit_code": replayed.receipt.exit_code().value(),
        "return": hex::encode(replayed.receipt.returned()?),
        "gas_used": replayed.receipt.gas_used,
        "error": replayed.error,
        "gas": gas,
        "events": story.events().map(event_json).collect::<Vec<_>>(),
        "calls": story.calls.iter().map(call_json).collect::<Vec<_>>(),
    }))
}
