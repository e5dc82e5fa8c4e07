//! Where blocks of data are kept.

use atoll_vm::{MemoryStore, SharedBlockstore};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

/// A blockstore that reads through to another and keeps what is written to itself, until it is
/// dropped.
pub struct Overlay {
    base: SharedBlockstore,
    own: MemoryStore,
}

impl Overlay {
    /// Nothing yet, over a blockstore.
    #[must_use]
    pub fn over(base: SharedBlockstore) -> Self {
        Self {
            base,
            own: MemoryStore::new(),
        }
    }
}

impl Blockstore for Overlay {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        match self.own.get(cid)? {
            Some(block) => Ok(Some(block)),
            None => self.base.get(cid),
        }
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        self.own.put_keyed(cid, block)
    }
}

impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Overlay({} own)", self.own.len())
    }
}
