//! `trace_`, `debug_`, `ots_` and `txpool_`: what happened inside, and what waits.

pub(super) mod frames;
pub(super) mod geth;
pub(super) mod otterscan;
pub(super) mod parity;
pub(super) mod pool;
mod steps;
mod tree;

use std::sync::Arc;

use atoll_chain::{Executed, SharedInspector, Tipset};

use crate::forms::Hash;
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;
use frames::{Frame, Reader};
use steps::Recorder;

/// A message of a tipset with the frames of its calls.
pub(super) struct Traced {
    pub(super) executed: Arc<Executed>,
    pub(super) frame: Frame,
}

/// Applies a tipset again and reads what its messages did.
pub(super) fn replay(caller: &Caller<'_>, tipset: &Tipset) -> Result<Vec<Traced>, Error> {
    replay_watched(caller, tipset, None)
}

/// The same, with somebody watching.
fn replay_watched(
    caller: &Caller<'_>,
    tipset: &Tipset,
    recorder: Option<&Arc<Recorder>>,
) -> Result<Vec<Traced>, Error> {
    let chain = caller.chain();
    let inspector = recorder.map(|recorder| Arc::clone(recorder) as SharedInspector);
    let replayed = chain.replay_watched(tipset, inspector)?;
    let mut state = chain.state(tipset)?;
    let mut reader = Reader::new(&mut state);
    let messages = tipset.messages.iter().zip(replayed.applied);
    messages
        .map(|(executed, applied)| {
            let from = eth::wire_address(executed.from);
            let frame = reader.read(&applied, from, executed.to.map(eth::wire_address));
            Ok(Traced {
                executed: Arc::clone(executed),
                frame: frame?,
            })
        })
        .collect()
}

/// The message of a hash, its tipset, and its frames.
pub(super) fn replay_one(caller: &Caller<'_>, hash: Hash) -> Result<(Arc<Tipset>, Traced), Error> {
    let found = caller.chain().message(&eth::chain_hash(hash));
    let (tipset, executed) = found.ok_or_else(|| Error::refused("transaction not found"))?;
    let all = replay(caller, &tipset)?;
    let one = all
        .into_iter()
        .find(|traced| traced.executed.index == executed.index);
    let one = one.ok_or_else(|| Error::internal("the replay lacks the message"))?;
    Ok((tipset, one))
}
