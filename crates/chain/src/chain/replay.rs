//! Tipsets applied once more.

use std::sync::Arc;

use atoll_native::SharedInspector;
use atoll_vm::{Applied, Fatal, SharedBlockstore};
use cid::Cid;

use crate::apply::{Block, Terms, Traces, apply, apply_messages};
use crate::signed::CheckedMessage;
use crate::store::Overlay;
use crate::tipset::{Executed, Tipset};
use crate::view::StateView;

use super::Chain;
use super::borrow::{Borrowed, with_stack};

/// A tipset applied once more.
#[derive(Debug)]
pub struct Replayed {
    /// Its messages, with what became of them now.
    pub executed: Vec<Executed>,
    /// What the machine recorded of each.
    pub applied: Vec<Applied>,
    /// The state that its messages led to.
    pub state_root: Cid,
}

/// A state between two messages of a tipset.
#[derive(Debug)]
pub struct Between<'w> {
    /// How many messages came before it.
    pub index: usize,
    /// What the machine recorded of the last of them.
    pub applied: Option<&'w Applied>,
    /// The state.
    pub state: &'w mut StateView<'static>,
}

impl Replayed {
    /// Of a first tipset, which has no messages.
    fn of_first(tipset: &Tipset) -> Self {
        Self {
            executed: Vec::new(),
            applied: Vec::new(),
            state_root: tipset.executed_root,
        }
    }
}

impl Chain {
    /// The state that the message at a place of a tipset met: after those before it, and before
    /// the end of the epoch.
    pub fn state_before(&self, tipset: &Tipset, index: usize) -> Result<StateView<'static>, Fatal> {
        let terms = tipset.terms.clone();
        let block = self.block_of(tipset)?;
        let mut state = self.state_to_replay(tipset, &terms, &block, None)?;
        let before = tipset.messages.iter().take(index);
        let messages: Vec<_> = before.map(|executed| executed.message.clone()).collect();
        let executor = &mut *state.executor;
        with_stack(|| apply_messages(executor, &terms, &block, &messages, Traces::Off))?;
        state.executor.flush()?;
        Ok(state)
    }

    /// Applies a tipset once more on its parent's state, recording every call and charge.
    /// Nothing of it is kept.
    pub fn replay(&self, tipset: &Tipset) -> Result<Replayed, Fatal> {
        // What a fork goes on from was made elsewhere.
        if tipset.epoch() == self.genesis().epoch() {
            return Ok(Replayed::of_first(tipset));
        }
        let terms = tipset.terms.clone();
        let block = self.block_of(tipset)?;
        let mut state = self.state_to_replay(tipset, &terms, &block, None)?;
        let executor = &mut *state.executor;
        let messages: Vec<_> = tipset
            .messages
            .iter()
            .map(|executed| executed.message.clone())
            .collect();
        let outcome = with_stack(|| apply(executor, &terms, &block, &messages, Traces::Keep))?;
        Ok(Replayed {
            executed: outcome.executed,
            applied: outcome.applied,
            state_root: state.executor.flush()?,
        })
    }

    /// Applies a tipset's messages once more, one by one, and shows the state before each and after
    /// the last; the end of its epoch is left out. Nothing of it is kept.
    pub fn walk<E: From<Fatal>>(
        &self,
        tipset: &Tipset,
        inspector: Option<SharedInspector>,
        mut visit: impl FnMut(Between<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let terms = tipset.terms.clone();
        let mut block = self.block_of(tipset)?;
        let mut state = self.state_to_replay(tipset, &terms, &block, inspector)?;
        let mut run = |state: &mut StateView<'_>, messages: &[Arc<CheckedMessage>]| {
            let executor = &mut *state.executor;
            let run = || apply_messages(executor, &terms, &block, messages, Traces::Keep);
            let outcome = with_stack(run)?.0;
            // The null rounds before the block are over with the first run.
            block.parent_epoch = block.epoch - 1;
            Ok::<_, Fatal>(outcome.applied)
        };
        run(&mut state, &[])?;
        let mut applied = None;
        for (index, executed) in tipset.messages.iter().enumerate() {
            visit(Between {
                index,
                applied: applied.as_ref(),
                state: &mut state,
            })?;
            let mut done = run(&mut state, std::slice::from_ref(&executed.message))?;
            let one = done.pop();
            applied = Some(one.ok_or_else(|| Fatal::new("a message can't be replayed"))?);
        }
        visit(Between {
            index: tipset.messages.len(),
            applied: applied.as_ref(),
            state: &mut state,
        })
    }

    fn state_to_replay(
        &self,
        tipset: &Tipset,
        terms: &Terms,
        block: &Block,
        inspector: Option<SharedInspector>,
    ) -> Result<StateView<'static>, Fatal> {
        let context = terms.context(block.epoch, block.timestamp, &block.base_fee);
        let root = &tipset.header.parent_state_root;
        let executor = match inspector {
            Some(inspector) => self.open_watched(root, context, inspector)?,
            None => {
                let blocks: SharedBlockstore = Arc::new(Overlay::over(self.parts.blocks.clone()));
                Borrowed::owned(self.open(&blocks, root, context)?)
            }
        };
        Ok(StateView { executor })
    }

    /// What a tipset was applied as. The genesis, whose parent is not here, as a block on itself.
    fn block_of(&self, tipset: &Tipset) -> Result<Block, Fatal> {
        let is_first = tipset.epoch() == self.genesis().epoch();
        let parent_epoch = match tipset.header.parents.as_slice() {
            [parent] if !is_first => self
                .tipset_by_hash(&crate::Hash::of_cid(parent))
                .ok_or_else(|| Fatal::new("the parent is no longer on the chain"))?
                .epoch(),
            _ => tipset.epoch(),
        };
        Ok(Block {
            parent_epoch,
            epoch: tipset.epoch(),
            timestamp: tipset.timestamp(),
            base_fee: tipset.base_fee().clone(),
        })
    }
}
