//! Blocks in memory, shared between threads.

use std::sync::{Arc, PoisonError, RwLock};

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

use crate::hash_map::HashMap;

/// A blockstore in memory that threads may share, unlike the network's own.
#[derive(Debug, Default)]
pub struct MemoryStore(RwLock<HashMap<Cid, Arc<[u8]>>>);

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many blocks it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Does it hold none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Blockstore for MemoryStore {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        let blocks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(blocks.get(cid).map(|block| block.to_vec()))
    }

    fn has(&self, cid: &Cid) -> anyhow::Result<bool> {
        Ok(self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(cid))
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        let mut blocks = self.0.write().unwrap_or_else(PoisonError::into_inner);
        blocks.entry(*cid).or_insert_with(|| Arc::from(block));
        Ok(())
    }
}
