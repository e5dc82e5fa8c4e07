//! Tipsets applied once more.

use std::sync::Arc;

use atoll_native::SharedInspector;
use atoll_vm::{Applied, Fatal, SharedBlockstore};
use cid::Cid;

use crate::apply::{Block, Traces, apply};
use crate::store::Overlay;
use crate::tipset::{Executed, Tipset};

use super::Chain;
use super::borrow::{Borrowed, with_stack};

/// A tipset applied once more.
#[derive(Debug)]
pub struct Replayed {
    /// Its messages, with what became of them now.
    pub executed: Vec<Executed>,
    /// What the machine recorded of each.
    pub applied: Vec<Applied>,
    /// The state after it. Differs from the tipset's if a developer changed it by hand since.
    pub state_root: Cid,
}

impl Chain {
    /// Applies a tipset once more on its parent's state, recording every call and charge.
    /// Nothing of it is kept.
    pub fn replay(&self, tipset: &Tipset) -> Result<Replayed, Fatal> {
        self.replay_watched(tipset, None)
    }

    /// The same, showing every step of every contract to an inspector.
    pub fn replay_watched(
        &self,
        tipset: &Tipset,
        inspector: Option<SharedInspector>,
    ) -> Result<Replayed, Fatal> {
        let terms = self.terms();
        let [parent] = tipset.header.parents.as_slice() else {
            return Ok(Replayed {
                executed: Vec::new(),
                applied: Vec::new(),
                state_root: tipset.state_root,
            });
        };
        let parent = self
            .tipset_by_hash(&crate::Hash::of_cid(parent))
            .ok_or_else(|| Fatal::new("the parent is no longer on the chain"))?;
        let block = Block {
            parent_epoch: parent.epoch(),
            epoch: tipset.epoch(),
            timestamp: tipset.timestamp(),
            base_fee: tipset.base_fee().clone(),
        };
        let context = terms.context(block.epoch, block.timestamp, &block.base_fee);
        let root = &tipset.header.parent_state_root;
        let mut executor = match inspector {
            Some(inspector) => self.open_watched(root, context, inspector)?,
            None => {
                let blocks: SharedBlockstore = Arc::new(Overlay::over(self.parts.blocks.clone()));
                Borrowed::owned(self.open(&blocks, root, context)?)
            }
        };
        let messages: Vec<_> = tipset
            .messages
            .iter()
            .map(|executed| executed.message.clone())
            .collect();
        let outcome = with_stack(|| apply(&mut executor, &terms, &block, &messages, Traces::Keep))?;
        Ok(Replayed {
            executed: outcome.executed,
            applied: outcome.applied,
            state_root: executor.flush()?,
        })
    }
}
