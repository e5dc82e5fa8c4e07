//! One actor's view of the machine: charge, check, act.

use fvm_shared::sys::BlockId;

/// A block of data that actors pass to each other or store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The multicodec of its format.
    pub codec: u64,
    /// Its bytes, shared: blocks are never changed.
    pub data: std::sync::Arc<[u8]>,
    /// The links in it that count for reachability.
    pub links: std::sync::Arc<[cid::Cid]>,
}

/// One actor's view of the machine.
#[derive(Debug)]
pub struct Kernel {
    /// The id that means "no block".
    pub no_block: BlockId,
}
