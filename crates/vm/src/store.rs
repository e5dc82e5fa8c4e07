//! Blocks on their way to the node's blockstore.
//!
//! Everything written while messages are applied lands in a write buffer. A flush hands down
//! what the new heads of actors reach, children first, and forgets the rest: most of what a
//! message writes is replaced by the next message of the same tipset, and nobody would ever
//! collect it. Only blocks in the buffer are looked through for links, and the nodes of the
//! state tree itself, which are all needed, are not.

mod memory;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

use crate::error::{Fatal, OrFatal};
use crate::hash_map::HashMap;
use crate::ipld_links::links_of_accepted;
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

    /// Hands down what these roots reach, children before parents, and forgets the rest.
    pub fn flush_reachable(&self, roots: impl IntoIterator<Item = Cid>) -> Result<(), Fatal> {
        enum Visit {
            Enter(Cid),
            Leave(Cid, Arc<[u8]>),
        }
        let Written { mut blocks, .. } = std::mem::take(&mut *self.written());
        let mut visits: Vec<Visit> = roots.into_iter().map(Visit::Enter).collect();
        while let Some(visit) = visits.pop() {
            match visit {
                Visit::Enter(cid) => {
                    // Each is taken out once; what is not there is flushed already.
                    let Some(data) = blocks.remove(&cid) else {
                        continue;
                    };
                    let links = links_of_accepted(cid.codec(), &data);
                    visits.push(Visit::Leave(cid, data));
                    visits.extend(links.into_iter().map(Visit::Enter));
                }
                Visit::Leave(cid, data) => {
                    self.0
                        .base
                        .put_keyed(&cid, &data)
                        .or_fatal("writing a block")?;
                }
            }
        }
        Ok(())
    }

    /// Hands everything down, in the order of writing.
    pub fn flush_all(&self) -> Result<(), Fatal> {
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

    /// The same blocks, but what is written goes straight to the node's blockstore: for blocks made
    /// by a flush, which are all reachable, children first.
    #[must_use]
    pub fn past_buffer(&self) -> PastBuffer<'_> {
        PastBuffer(self)
    }

    /// Forgets what waits for the next flush: for whoever has taken all changes back.
    pub fn forget(&self) {
        *self.written() = Written::default();
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

/// A [`Store`] past its write buffer.
#[derive(Clone, Copy, Debug)]
pub struct PastBuffer<'s>(&'s Store);

impl Blockstore for PastBuffer<'_> {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        self.0.get(cid)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        self.0.0.base.put_keyed(cid, block)
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
