//! The blocks that a native actor reads and writes.

use std::cell::RefCell;

use atoll_actors::Inspector;
use atoll_vm::{Fatal, Store};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

/// The machine's blocks. A block that cannot be had is remembered: actors only follow links in
/// their own states, so a missing one is this node's trouble, whatever the actor makes of it.
pub(crate) struct Blocks<'p> {
    store: Store,
    inspector: Option<&'p dyn Inspector>,
    trouble: RefCell<Option<Fatal>>,
}

impl<'p> Blocks<'p> {
    pub(crate) fn new(store: Store, inspector: Option<&'p dyn Inspector>) -> Self {
        Self {
            store,
            inspector,
            trouble: RefCell::default(),
        }
    }

    /// What went wrong first, if anything did.
    pub(crate) fn take_trouble(&self) -> Option<Fatal> {
        self.trouble.take()
    }

    fn note(&self, trouble: impl FnOnce() -> Fatal) {
        self.trouble.borrow_mut().get_or_insert_with(trouble);
    }
}

impl Blockstore for Blocks<'_> {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        let block = self.store.get(cid);
        match &block {
            Ok(Some(data)) => {
                if let Some(inspector) = self.inspector {
                    inspector.block_read(cid, data.len());
                }
            }
            Ok(None) => self.note(|| Fatal::new(format!("block {cid} is missing"))),
            Err(e) => self.note(|| Fatal::new(format!("reading block {cid}: {e:#}"))),
        }
        block
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        if let Some(inspector) = self.inspector {
            inspector.block_written(cid, block.len());
        }
        self.store.put_keyed(cid, block)
    }
}
