//! `atoll addr`: an address in all its forms.

use std::io::Write;

use anyhow::{Context, Result};
use atoll_actors::evm::EthAddress;
use clap::Args;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use serde_json::{Value, json};

use super::Asked;
use super::trace::codes::Codes;
use crate::exec::input::parse_address;
use crate::remote::{Refusal, Remote};
use crate::style::{BOLD, FAINT, GOOD};
use crate::{Ending, amount};

/// Show an address in all its forms, and who is there.
///
/// Any form will do: 0x, f0, f1, f2, f3, f410 (t instead of f is read too). Which id belongs to an
/// address, and the other way round, only a node knows; without one, the rest is shown.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll addr 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
  atoll addr f410f6opx7pjkvlmipnhgvnmxhbdzz77yrnsgvobbkvi
  atoll addr f099")]
pub struct AddrCommand {
    /// The address.
    address: String,
    #[command(flatten)]
    asked: Asked,
}

/// The forms of an address.
#[derive(Default)]
struct Forms {
    id: Option<u64>,
    /// f1, f2 or f3.
    robust: Option<Address>,
    delegated: Option<Address>,
    /// What the node tells: the actor's kind and what it holds.
    actor: Option<(Option<String>, TokenAmount)>,
}

impl AddrCommand {
    /// Shows the address.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let address = parse_address(&self.address)?;
        let mut forms = Forms::default();
        match address.protocol() {
            Protocol::ID => forms.id = address.id().ok(),
            Protocol::Delegated => forms.delegated = Some(address),
            Protocol::Secp256k1 | Protocol::Actor | Protocol::BLS => forms.robust = Some(address),
        }
        let asked = forms.ask(&address, &self.asked.remote());
        let ethereum = forms.ethereum();
        if self.asked.json {
            let (kind, balance) = forms.actor.unzip();
            let shown = json!({
                "ethereum": ethereum.map(|address| address.to_string()),
                "id": forms.id.map(|id| format!("f0{id}")),
                "robust": forms.robust.map(|address| address.to_string()),
                "delegated": forms.delegated.map(|address| address.to_string()),
                "actor": kind.flatten(),
                "balance": balance.map(|balance| balance.atto().to_string()),
                "error": asked.err().map(|error| format!("{error:#}")),
            });
            writeln!(out, "{shown}")?;
            return Ok(Ending::Good);
        }
        let mut line = |name: &str, shown: Option<String>, what: &str| match shown {
            Some(shown) => writeln!(
                out,
                "{BOLD}{name:<10}{BOLD:#} {shown}  {FAINT}{what}{FAINT:#}"
            ),
            None => Ok(()),
        };
        line(
            "ethereum",
            ethereum.map(|address| address.to_string()),
            "as contracts know it",
        )?;
        line(
            "delegated",
            forms.delegated.map(|address| address.to_string()),
            "the same for Filecoin's tools",
        )?;
        line(
            "id",
            forms.id.map(|id| format!("f0{id}")),
            "its number on this chain",
        )?;
        let kind = match forms.robust.map(|address| address.protocol()) {
            Some(Protocol::Actor) => "the same on every branch of the chain",
            _ => "the address of its key",
        };
        line(
            "robust",
            forms.robust.map(|address| address.to_string()),
            kind,
        )?;
        match (&forms.actor, asked) {
            (Some((kind, balance)), _) => {
                let kind = kind.as_deref().unwrap_or("an actor of its own kind");
                writeln!(out, "{BOLD}{:<10}{BOLD:#} {GOOD}{kind}{GOOD:#}", "actor")?;
                writeln!(
                    out,
                    "{BOLD}{:<10}{BOLD:#} {}",
                    "balance",
                    amount::show(balance)
                )?;
            }
            (None, Ok(())) => writeln!(out, "{FAINT}nobody is there{FAINT:#}")?,
            (None, Err(error)) => {
                writeln!(out, "{FAINT}who is there is not known: {error:#}{FAINT:#}")?
            }
        }
        Ok(Ending::Good)
    }
}

impl Forms {
    /// As contracts know it: by its f410 address, or else by its id in disguise.
    fn ethereum(&self) -> Option<EthAddress> {
        let delegated = self.delegated.as_ref().and_then(EthAddress::from_delegated);
        delegated.or(self.id.map(EthAddress::from_id))
    }

    /// Asks a node for the rest.
    fn ask(&mut self, address: &Address, remote: &Remote) -> Result<()> {
        let Some(id) = id_of(address, remote)? else {
            return Ok(());
        };
        let params = json!([Address::new_id(id).to_string(), []]);
        let actor: Value = match remote.ask("Filecoin.StateGetActor", params.clone()) {
            Ok(actor) => actor,
            Err(error) if error.is::<Refusal>() => return Ok(()),
            Err(error) => return Err(error),
        };
        self.id = Some(id);
        if let Some(delegated) = actor.get("DelegatedAddress").and_then(Value::as_str) {
            self.delegated = Some(parse_address(delegated)?);
        }
        let balance = actor.get("Balance").and_then(Value::as_str);
        let balance: BigInt = balance.unwrap_or("0").parse().context("a balance")?;
        let code = actor.pointer("/Code/~1").and_then(Value::as_str);
        let code = code
            .context("the node tells no code of the actor")?
            .parse()?;
        let kind = Codes::ask(remote)?.name(&code, address)?;
        self.actor = Some((kind, TokenAmount::from_atto(balance)));
        if self.robust.is_none() {
            let key: Result<String> = remote.ask("Filecoin.StateAccountKey", params.clone());
            let robust = match key {
                Ok(key) => Some(key),
                Err(error) if error.is::<Refusal>() => {
                    let found = remote.ask("Filecoin.StateLookupRobustAddress", params);
                    // A singleton has none, and not every node knows the method.
                    found.ok()
                }
                Err(error) => return Err(error),
            };
            let robust = robust.as_deref().map(parse_address).transpose()?;
            let own =
                |robust: &Address| !matches!(robust.protocol(), Protocol::Delegated | Protocol::ID);
            self.robust = robust.filter(own);
        }
        Ok(())
    }
}

/// The id of an address; `None` if nobody is there.
pub fn id_of(address: &Address, remote: &Remote) -> Result<Option<u64>> {
    if let Ok(id) = address.id() {
        return Ok(Some(id));
    }
    let id: Result<String> = remote.ask("Filecoin.StateLookupID", json!([address.to_string(), []]));
    match id {
        Ok(id) => Ok(Some(
            parse_address(&id)?.id().context("the id of an actor")?,
        )),
        Err(error) if error.is::<Refusal>() => Ok(None),
        Err(error) => Err(error),
    }
}
