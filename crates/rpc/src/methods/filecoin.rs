//! `Filecoin.`: the chain as Filecoin's tools see it, in Lotus' forms.
//!
//! Lotus runs the messages of a tipset only when the next one comes, so that its state of a tipset
//! is the one before its messages. Here a tipset is executed when it is made, and its state is the
//! one after: what was sent is seen at once.

pub(super) mod accounts;
pub(super) mod chain;
pub(super) mod channels;
pub(super) mod events;
pub(super) mod gas;
pub(super) mod messages;
pub(super) mod multisig;
pub(super) mod node;
pub(super) mod state;
pub(super) mod storage;

use std::sync::Arc;

use atoll_chain::{Hash, Tipset};

use crate::forms::filecoin::TipsetKey;
use crate::jsonrpc::error::Error;
use crate::node::Caller;

/// The tipset of a key; the head, if there is none.
pub(super) fn tipset(caller: &Caller<'_>, key: Option<TipsetKey>) -> Result<Arc<Tipset>, Error> {
    let chain = caller.chain();
    match key.unwrap_or_default().0.as_slice() {
        [] => Ok(chain.head()),
        [block] => {
            let tipset = chain.tipset_by_hash(&Hash::of_cid(block));
            let tipset = tipset.filter(|tipset| tipset.block == *block);
            tipset.ok_or_else(|| Error::refused(format!("block not found: {block}")))
        }
        _ => Err(Error::refused("tipsets of this chain have one block")),
    }
}
