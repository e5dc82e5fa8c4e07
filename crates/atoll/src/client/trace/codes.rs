//! Which code is which actor's, as the node knows it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use cid::Cid;
use fvm_shared::address::Address;
use serde_json::{Value, json};

use crate::remote::Remote;
use crate::story::remote::Link;

/// Names of codes. Those of native actors are known here; others are asked for.
#[derive(Debug)]
pub struct Codes<'r> {
    remote: &'r Remote,
    /// Every code and its name, if one is known.
    pub known: BTreeMap<Cid, Option<String>>,
}

impl<'r> Codes<'r> {
    /// Asks for the list of the node's network version.
    pub fn ask(remote: &'r Remote) -> Result<Self> {
        let native = atoll_native::codes::all();
        let mut known: BTreeMap<Cid, Option<String>> = native
            .map(|(code, actor)| (code, Some(actor.kind.name().to_owned())))
            .collect();
        let version: u32 = remote.ask("Filecoin.StateNetworkVersion", json!([[]]))?;
        let list: Option<BTreeMap<String, Link>> =
            remote.ask_if_known("Filecoin.StateActorCodeCIDs", json!([version]))?;
        for (name, code) in list.unwrap_or_default() {
            known.insert(code.cid()?, Some(name));
        }
        Ok(Self { remote, known })
    }

    /// The name of a code, given an actor that has it.
    pub fn name(&mut self, code: &Cid, actor: &Address) -> Result<Option<String>> {
        if let Some(name) = self.known.get(code) {
            return Ok(name.clone());
        }
        let forms: Option<Value> = self
            .remote
            .ask_if_known("atoll_address", json!([actor.to_string()]))
            .context("asking what kind of actor it is")?;
        let name = forms
            .as_ref()
            .and_then(|forms| forms.get("actor")?.as_str())
            .map(str::to_owned);
        self.known.insert(*code, name.clone());
        Ok(name)
    }
}
