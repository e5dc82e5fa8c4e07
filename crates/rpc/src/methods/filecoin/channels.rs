//! Channels: answers that go on, as Lotus' JSON-RPC has them. The answer to the request is the number
//! of a channel; then each value comes as a call of `xrpc.ch.val`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atoll_chain::{Chain, Hash, Notice};
use serde::Serialize;

use super::chain::{TipsetForm, tipset_form};
use super::events::{self, Event, Filter};
use crate::forms::filecoin::for_network;
use crate::jsonrpc::error::Error;
use crate::node::Caller;
use crate::node::hub::Render;

/// A step of the head.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HeadChange {
    #[serde(rename = "Type")]
    kind: &'static str,
    val: TipsetForm,
}

/// Tells of every step of the head, beginning with where it is.
pub(in crate::methods) fn notify(caller: &Caller<'_>) -> Result<u64, Error> {
    let session = caller.session()?;
    let chain = Arc::clone(&caller.node.chain);
    caller.node.hub.subscribe(session, |id| -> Render {
        let head = chain.head();
        let current = HeadChange {
            kind: "current",
            val: tipset_form(&head),
        };
        session.publish(value(&chain, id, &[current]));
        let seen = Seen::new(head.hash);
        Box::new(move |notice| {
            let (kind, tipset) = match notice {
                Notice::Applied(tipset) if !seen.is(tipset.hash) => ("apply", tipset),
                Notice::Reverted(tipset) => ("revert", tipset),
                _ => return Vec::new(),
            };
            let val = tipset_form(tipset);
            vec![value(&chain, id, &[HeadChange { kind, val }])]
        })
    })
}

/// Tells of every event that a filter lets through: those of its range that are there, and, unless
/// the range has an end, all that come.
pub(in crate::methods) fn subscribe_events(
    caller: &Caller<'_>,
    filter: Option<Filter>,
) -> Result<u64, Error> {
    let session = caller.session()?;
    let filter = filter.unwrap_or_default();
    let chosen = events::Chosen::by(caller, &filter)?;
    let past = match filter.begins_in_the_past() {
        true => events::get(caller, Some(filter))?,
        false => Vec::new(),
    };
    let chain = Arc::clone(&caller.node.chain);
    caller.node.hub.subscribe(session, |id| -> Render {
        let head = chain.head();
        for event in &past {
            session.publish(value(&chain, id, event));
        }
        let seen = Seen::new(head.hash);
        Box::new(move |notice| {
            let (tipset, reverted) = match notice {
                Notice::Applied(tipset) if !seen.is(tipset.hash) => (tipset, false),
                Notice::Reverted(tipset) => (tipset, true),
                _ => return Vec::new(),
            };
            let mut found: Vec<Event> = Vec::new();
            chosen.collect(tipset, reverted, &mut found);
            found.iter().map(|event| value(&chain, id, event)).collect()
        })
    })
}

/// The head at the time of the subscription: its own notice may come only after that.
struct Seen {
    hash: Hash,
    passed: AtomicBool,
}

impl Seen {
    fn new(hash: Hash) -> Self {
        Self {
            hash,
            passed: AtomicBool::new(false),
        }
    }

    /// Is this the notice of that head? Only the first one can be.
    fn is(&self, hash: Hash) -> bool {
        !self.passed.swap(true, Ordering::Relaxed) && hash == self.hash
    }
}

/// The call that carries a value of a channel.
fn value<T: Serialize + ?Sized>(chain: &Chain, channel: u64, value: &T) -> Vec<u8> {
    #[derive(Serialize)]
    struct Carrier<'v, T: ?Sized> {
        jsonrpc: &'static str,
        method: &'static str,
        params: (u64, &'v T),
    }
    let carrier = Carrier {
        jsonrpc: "2.0",
        method: "xrpc.ch.val",
        params: (channel, value),
    };
    for_network(chain.chain_id(), || {
        serde_json::to_vec(&carrier).expect("forms always become JSON")
    })
}
