//! What the next tipset would be.

use std::sync::Arc;

use atoll_vm::{Fatal, SharedBlockstore};

use crate::apply::{Block, Traces, apply};
use crate::header::write_receipts;
use crate::store::Overlay;
use crate::tipset::Tipset;
use crate::view::StateView;

use super::borrow::{Borrowed, with_stack};
use super::{Chain, Roots, finish, mine};

/// The tipset that would be mined now, and its state.
#[derive(Debug)]
pub struct Pending {
    /// The tipset.
    pub tipset: Tipset,
    /// The state after it, whose blocks are nowhere else.
    pub state: StateView<'static>,
}

impl Chain {
    /// Makes the tipset that would be mined now, without mining it.
    pub fn pending(&self, now: u64) -> Result<Pending, Fatal> {
        let head = self.head();
        let settings = self.read_settings().clone();
        let terms = &settings.terms;
        let block = Block {
            parent_epoch: head.epoch(),
            epoch: head.epoch() + 1,
            timestamp: settings.time.stamp(now, head.timestamp()),
            base_fee: settings
                .next_base_fee
                .unwrap_or_else(|| mine::base_fee_after(terms, &head)),
        };
        let context = terms.context(block.epoch, block.timestamp, &block.base_fee);
        let blocks: SharedBlockstore = Arc::new(Overlay::over(self.parts.blocks.clone()));
        let mut executor = self.open(&blocks, &head.state_root, context)?;
        let messages = self.select(&mut executor, settings.select, &block.base_fee);
        let outcome = with_stack(|| apply(&mut executor, terms, &block, &messages, Traces::Off))?;
        let state_root = executor.flush()?;
        let header = self.header(&head, terms, &block, settings.branch, &outcome)?;
        let receipts = outcome.executed.iter().map(|executed| &executed.receipt);
        let receipts_root = write_receipts(&blocks, receipts)?;
        let roots = Roots {
            state: state_root,
            receipts: receipts_root,
        };
        let tipset = finish(&blocks, header, terms, roots, outcome.executed)?;
        let executor = Borrowed::owned(executor);
        let state = StateView { executor };
        Ok(Pending { tipset, state })
    }
}
