//! `txpool_`: what waits for a block.

use std::collections::BTreeMap;

use atoll_chain::CheckedMessage;
use serde::Serialize;

use crate::forms::{Address, Quantity};
use crate::jsonrpc::error::Error;
use crate::methods::eth::transactions::{Transaction, waiting};
use crate::node::Caller;

/// Messages by nonce. A decimal string is the key, as go-ethereum has it.
type ByNonce<T> = BTreeMap<String, T>;

/// What could go into the next block, and what waits for another before it.
#[derive(Default, Serialize)]
pub(in crate::methods) struct Sorted<T> {
    pending: T,
    queued: T,
}

pub(in crate::methods) type Content<T> = Sorted<BTreeMap<Address, ByNonce<T>>>;

pub(in crate::methods) fn content(caller: &Caller<'_>) -> Result<Content<Transaction>, Error> {
    sort(caller, |transaction| transaction)
}

pub(in crate::methods) fn content_from(
    caller: &Caller<'_>,
    address: Address,
) -> Result<Sorted<ByNonce<Transaction>>, Error> {
    let mut all = sort(caller, |transaction| transaction)?;
    Ok(Sorted {
        pending: all.pending.remove(&address).unwrap_or_default(),
        queued: all.queued.remove(&address).unwrap_or_default(),
    })
}

/// One line a message, for people.
pub(in crate::methods) fn inspect(caller: &Caller<'_>) -> Result<Content<String>, Error> {
    sort(caller, |transaction| transaction.describe())
}

pub(in crate::methods) fn status(caller: &Caller<'_>) -> Result<Sorted<Quantity>, Error> {
    let all = sort(caller, |_| ())?;
    let count = |of: &BTreeMap<Address, ByNonce<()>>| {
        Quantity(of.values().map(BTreeMap::len).sum::<usize>() as u64)
    };
    Ok(Sorted {
        pending: count(&all.pending),
        queued: count(&all.queued),
    })
}

fn sort<T>(caller: &Caller<'_>, show: impl Fn(Transaction) -> T) -> Result<Content<T>, Error> {
    let chain = caller.chain();
    let mut next = BTreeMap::new();
    let mut pending: BTreeMap<Address, ByNonce<T>> = BTreeMap::new();
    let mut queued: BTreeMap<Address, ByNonce<T>> = BTreeMap::new();
    for message in chain.all_waiting() {
        let sender = message.message().from;
        let ready = match next.get(&sender) {
            Some(ready) => *ready,
            None => {
                let ready = chain.next_sequence(&sender)?;
                next.insert(sender, ready);
                ready
            }
        };
        let shown = waiting(chain, &message)?;
        let from = shown.from;
        let into = if is_ready(&message, ready) {
            &mut pending
        } else {
            &mut queued
        };
        let nonce = message.message().sequence.to_string();
        into.entry(from).or_default().insert(nonce, show(shown));
    }
    Ok(Sorted { pending, queued })
}

/// Without a gap before it: the sender's next number comes after it.
fn is_ready(message: &CheckedMessage, next: u64) -> bool {
    message.message().sequence < next
}
