//! Events of actors as they were emitted, contracts' logs among them.

use std::collections::{BTreeMap, BTreeSet};

use atoll_chain::Tipset;
use fvm_shared::ActorID;
use serde::{Deserialize, Serialize};

use super::tipset;
use crate::forms::filecoin::{Address, Base64, Cid, TipsetKey};
use crate::forms::forms;
use crate::jsonrpc::error::Error;
use crate::node::Caller;

/// Which events a client wants.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::methods) struct Filter {
    /// Of any of these; empty: of all.
    #[serde(default)]
    addresses: Option<Vec<Address>>,
    /// With each of these keys, and one of its values.
    #[serde(default)]
    fields: Option<BTreeMap<String, Vec<Value>>>,
    /// The head, if absent.
    from_height: Option<i64>,
    to_height: Option<i64>,
    /// One tipset, instead of a range.
    tipset_key: Option<TipsetKey>,
}

/// A value of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    codec: u64,
    value: Base64,
}

forms! {
    Filter: "an object with addresses, fields, fromHeight, toHeight or tipsetKey" [Object];
}

/// An event with its place on chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Event {
    entries: Vec<Entry>,
    emitter: Address,
    reverted: bool,
    height: i64,
    tipset_key: TipsetKey,
    msg_cid: Cid,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    flags: u64,
    key: String,
    codec: u64,
    value: Base64,
}

pub(in crate::methods) fn get(
    caller: &Caller<'_>,
    filter: Option<Filter>,
) -> Result<Vec<Event>, Error> {
    let filter = filter.unwrap_or_default();
    let chosen = Chosen::by(caller, &filter)?;
    let mut found = Vec::new();
    if let Some(key) = filter.tipset_key {
        if filter.from_height.is_some() || filter.to_height.is_some() {
            return Err(Error::param("filter", "it has both tipsetKey and heights"));
        }
        chosen.collect(&*tipset(caller, Some(key))?, false, &mut found);
        return Ok(found);
    }
    let chain = caller.chain();
    let head = chain.head().epoch();
    let from = filter.from_height.unwrap_or(head);
    let to = filter.to_height.unwrap_or(head);
    if from > to {
        return Err(Error::param("filter", "fromHeight is after toHeight"));
    }
    for tipset in chain.tipsets(from.max(0)..=to.min(head)) {
        chosen.collect(&tipset, false, &mut found);
    }
    Ok(found)
}

impl Filter {
    /// Are events of earlier than the head wanted?
    pub(super) fn begins_in_the_past(&self) -> bool {
        self.from_height.is_some() || self.tipset_key.is_some()
    }
}

/// A filter with its addresses looked up.
pub(super) struct Chosen {
    /// `None`: all.
    emitters: Option<BTreeSet<ActorID>>,
    fields: BTreeMap<String, Vec<Value>>,
}

impl Chosen {
    pub(super) fn by(caller: &Caller<'_>, filter: &Filter) -> Result<Self, Error> {
        let addresses = filter.addresses.as_deref().unwrap_or_default();
        let emitters = if addresses.is_empty() {
            None
        } else {
            let chain = caller.chain();
            let mut state = chain.state(&chain.head())?;
            let mut ids = BTreeSet::new();
            for Address(address) in addresses {
                // Who has no id has emitted nothing yet.
                ids.extend(state.resolve(address)?);
            }
            Some(ids)
        };
        Ok(Self {
            emitters,
            fields: filter.fields.clone().unwrap_or_default(),
        })
    }

    /// Adds the events of a tipset that are wanted.
    pub(super) fn collect(&self, tipset: &Tipset, reverted: bool, into: &mut Vec<Event>) {
        for executed in &tipset.messages {
            for stamped in &executed.events {
                let of_wanted = self
                    .emitters
                    .as_ref()
                    .is_none_or(|emitters| emitters.contains(&stamped.emitter));
                let entries = &stamped.event.entries;
                if !of_wanted || !self.passes(entries) {
                    continue;
                }
                into.push(Event {
                    entries: entries.iter().map(Entry::of).collect(),
                    emitter: Address(fvm_shared::address::Address::new_id(stamped.emitter)),
                    reverted,
                    height: tipset.epoch(),
                    tipset_key: TipsetKey(vec![tipset.block]),
                    msg_cid: Cid(executed.message.cid),
                });
            }
        }
    }

    fn passes(&self, entries: &[fvm_shared::event::Entry]) -> bool {
        self.fields.iter().all(|(key, values)| {
            entries.iter().any(|entry| {
                entry.key == *key
                    && (values.is_empty()
                        || values.iter().any(|value| {
                            value.codec == entry.codec && value.value.0 == entry.value
                        }))
            })
        })
    }
}

impl Entry {
    fn of(entry: &fvm_shared::event::Entry) -> Self {
        Self {
            flags: entry.flags.bits(),
            key: entry.key.clone(),
            codec: entry.codec,
            value: Base64(entry.value.clone()),
        }
    }
}
