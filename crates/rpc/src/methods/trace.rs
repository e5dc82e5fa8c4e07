//! `trace_`, `debug_`, `ots_` and `txpool_`: what happened inside, and what waits.

pub(super) mod console;
pub(super) mod diff;
pub(super) mod frames;
pub(super) mod geth;
pub(super) mod otterscan;
pub(super) mod parity;
pub(super) mod pool;
mod prestate;
mod state_diff;
mod steps;
mod tree;
mod vm_trace;

use std::sync::Arc;

use atoll_chain::{Executed, SharedInspector, Tipset};

use crate::forms::Hash;
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;
use frames::{Frame, Reader};

/// A message of a tipset with the frames of its calls.
pub(super) struct Traced {
    pub(super) executed: Arc<Executed>,
    pub(super) frame: Frame,
}

/// Applies a tipset again and reads what its messages did.
pub(super) fn replay(caller: &Caller<'_>, tipset: &Tipset) -> Result<Vec<Traced>, Error> {
    let mut all = Vec::new();
    replay_each(caller, tipset, None, |traced| {
        all.push(traced);
        Ok(())
    })?;
    Ok(all)
}

/// Applies a tipset again, shows every step of its contracts to an inspector, and calls a function
/// after each message.
fn replay_each(
    caller: &Caller<'_>,
    tipset: &Tipset,
    inspector: Option<SharedInspector>,
    mut each: impl FnMut(Traced) -> Result<(), Error>,
) -> Result<(), Error> {
    caller.chain().walk(tipset, inspector, |between| {
        let Some(applied) = between.applied else {
            return Ok(());
        };
        let executed = Arc::clone(&tipset.messages[between.index - 1]);
        let from = eth::wire_address(executed.from);
        let to = executed.to.map(eth::wire_address);
        let frame = Reader::new(between.state).read(applied, from, to)?;
        each(Traced { executed, frame })
    })
}

/// The message of a hash, and its tipset.
fn find(caller: &Caller<'_>, hash: Hash) -> Result<(Arc<Tipset>, Arc<Executed>), Error> {
    let found = caller.chain().message(&eth::chain_hash(hash));
    found.ok_or_else(|| Error::refused("transaction not found"))
}

/// The message of a hash, its tipset, and its frames.
pub(super) fn replay_one(caller: &Caller<'_>, hash: Hash) -> Result<(Arc<Tipset>, Traced), Error> {
    let (tipset, executed) = find(caller, hash)?;
    let all = replay(caller, &tipset)?;
    let one = all
        .into_iter()
        .find(|traced| traced.executed.index == executed.index);
    let one = one.ok_or_else(|| Error::internal("the replay lacks the message"))?;
    Ok((tipset, one))
}
