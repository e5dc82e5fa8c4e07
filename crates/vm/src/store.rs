//! Blocks on their way to the node's blockstore.
//!
//! Everything written while messages are applied lands in a write buffer. A flush hands the
//! whole buffer down, in the order of writing, and empties it. The reference hands down only
//! what the new root reaches, for which it decodes every new block; we do not: most of what is
//! written *is* reachable, native actors fold their slots once a flush, and a node that prunes
//! must collect garbage anyway.

mod memory;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

use crate::error::{Fatal, OrFatal};
pub use memory::MemoryStore;

/// A blockstore that several machines may share.
pub type SharedBlockstore = Arc<dyn Blockstore + Send + Sync>;

/// One machine's view of the blocks: its own unflushed writes over the node's blockstore.
///
/// A cheap handle. It is shared within one machine only, so its lock is never contended; it is
/// held for the length of one lookup and never while an actor runs.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    base: SharedBlockstore,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    blocks: HashMap<Cid, Arc<[u8]>>,
    /// The keys in the order of writing, so that what the base sees is deterministic.
    order: Vec<Cid>,
}

impl Store {
    /// An empty write buffer over a blockstore.
    #[must_use]
    pub fn new(base: SharedBlockstore) -> Self {
        Self(Arc::new(Inner {
            base,
            written: Mutex::default(),
        }))
    }

    /// The bytes of a block, or `None` if nobody has it.
    pub fn block(&self, cid: &Cid) -> Result<Option<Arc<[u8]>>, Fatal> {
        if let Some(block) = self.written().blocks.get(cid) {
            return Ok(Some(Arc::clone(block)));
        }
        Ok(self
            .0
            .base
            .get(cid)
            .or_fatal("reading a block")?
            .map(Arc::from))
    }

    /// Writes a block whose key is known to be right.
    pub fn put_block(&self, cid: Cid, data: Arc<[u8]>) {
        let mut written = self.written();
        let Written { blocks, order } = &mut *written;
        blocks.entry(cid).or_insert_with(|| {
            order.push(cid);
            data
        });
    }

    /// Hands everything written down to the base and forgets it.
    pub fn flush(&self) -> Result<(), Fatal> {
        let Written { blocks, order } = std::mem::take(&mut *self.written());
        for cid in order {
            // Absent only if the same key was listed twice, which `put_block` excludes.
            if let Some(data) = blocks.get(&cid) {
                self.0
                    .base
                    .put_keyed(&cid, data)
                    .or_fatal("writing a block")?;
            }
        }
        Ok(())
    }

    /// How many blocks wait for the next flush.
    #[must_use]
    pub fn unflushed(&self) -> usize {
        self.written().order.len()
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        // Nothing in a critical section can panic halfway through a change.
        self.0
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({} unflushed)", self.unflushed())
    }
}

impl Blockstore for Store {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        if let Some(block) = self.written().blocks.get(cid) {
            return Ok(Some(block.to_vec()));
        }
        self.0.base.get(cid)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        self.put_block(*cid, Arc::from(block));
        Ok(())
    }
}
