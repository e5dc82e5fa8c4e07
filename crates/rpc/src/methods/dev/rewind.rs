//! Back to an earlier head, or to a state that was put aside.

use std::sync::atomic::Ordering;

use atoll_chain::{KeepMessages, Mining};
use serde::Deserialize;
use serde_json::Value;

use crate::forms::{Data, Quantity, forms};
use crate::jsonrpc::error::Error;
use crate::node::{Caller, Impersonated, now};

/// Remembers the head. The first number is 1, because 0 is the head that the node began with; some
/// clients take 0 for none.
pub(in crate::methods) fn snapshot(caller: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(Quantity(caller.chain().snapshot()))
}

pub(in crate::methods) fn revert(caller: &Caller<'_>, id: Quantity) -> Result<bool, Error> {
    if id.0 == caller.node.beginning.load(Ordering::Relaxed) {
        return Ok(false);
    }
    Ok(caller.chain().revert(id.0)?)
}

/// What `anvil_reset` takes: whom to fork, if anybody.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Reset {
    forking: Option<Value>,
}

forms! {
    Reset: "an object with forking" [Object];
}

/// Goes back to the head that the node began with, and mines a block for every message again.
pub(in crate::methods) fn reset(caller: &Caller<'_>, options: Option<Reset>) -> Result<(), Error> {
    if options.unwrap_or_default().forking.is_some() {
        return Err(Error::not_supported(
            "what is forked is chosen when the node starts",
        ));
    }
    let chain = caller.chain();
    if !chain.revert(caller.node.beginning.load(Ordering::Relaxed))? {
        return Err(Error::refused(
            "the chain was rolled back below where the node began",
        ));
    }
    let beginning = chain.snapshot();
    caller.node.beginning.store(beginning, Ordering::Relaxed);
    chain.set_mining(Mining::OnSubmission);
    *caller.node.impersonated() = Impersonated::default();
    Ok(())
}

/// The same, as Hardhat answers it.
pub(in crate::methods) fn hardhat_reset(
    caller: &Caller<'_>,
    options: Option<Reset>,
) -> Result<bool, Error> {
    reset(caller, options).map(|()| true)
}

/// Takes blocks off the chain, one if not said otherwise.
pub(in crate::methods) fn rollback(
    caller: &Caller<'_>,
    depth: Option<Quantity>,
) -> Result<(), Error> {
    let depth = depth.map_or(1, |Quantity(depth)| depth);
    caller.chain().rollback(checked_depth(caller, depth)?)?;
    Ok(())
}

/// Replaces the last blocks by as many others; their messages go into the first of them.
pub(in crate::methods) fn reorg(caller: &Caller<'_>, depth: Quantity) -> Result<(), Error> {
    let depth = checked_depth(caller, depth.0)?;
    caller.chain().reorg(depth, KeepMessages::Yes, now())?;
    Ok(())
}

fn checked_depth(caller: &Caller<'_>, depth: u64) -> Result<usize, Error> {
    let head = u64::try_from(caller.chain().head().epoch()).unwrap_or_default();
    match usize::try_from(depth) {
        Ok(depth) if depth as u64 <= head => Ok(depth),
        _ => Err(Error::param(
            "depth",
            &format!("the chain is only {head} epochs long"),
        )),
    }
}

/// The head's state as a CAR archive. Anvil's is a list of accounts, which has no room for a state
/// tree: neither reads the other's.
pub(in crate::methods) fn dump_state(caller: &Caller<'_>) -> Result<Data, Error> {
    Ok(Data(caller.chain().dump_state()?))
}

/// Makes a dumped state the head's.
pub(in crate::methods) fn load_state(caller: &Caller<'_>, state: Data) -> Result<bool, Error> {
    match caller.chain().load_state(&state.0, now()) {
        Ok(()) => Ok(true),
        Err(why) => Err(Error::param("state", &why.to_string())),
    }
}
