//! Back to an earlier head.

use atoll_chain::KeepMessages;

use crate::forms::Quantity;
use crate::jsonrpc::error::Error;
use crate::node::{Caller, now};

pub(in crate::methods) fn snapshot(caller: &Caller<'_>) -> Result<Quantity, Error> {
    // The first is 1: some clients take 0 for none.
    Ok(Quantity(caller.chain().snapshot() + 1))
}

pub(in crate::methods) fn revert(caller: &Caller<'_>, id: Quantity) -> Result<bool, Error> {
    match id.0.checked_sub(1) {
        Some(id) => Ok(caller.chain().revert(id)?),
        None => Ok(false),
    }
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
