//! Blocks of data that actors hold, by number, and the links that they may follow.

use std::collections::HashSet;
use std::sync::Arc;

use cid::Cid;
use fvm_ipld_encoding::{CBOR, DAG_CBOR, IPLD_RAW};
use fvm_shared::error::ErrorNumber;
use fvm_shared::sys::BlockId;
use fvm_shared::version::NetworkVersion;

use crate::error::Refusal;

/// The number that stands for "no block".
pub const NO_BLOCK: BlockId = 0;

const FIRST_ID: BlockId = 1;
const BLOCKS_MAX: usize = i32::MAX as usize;

/// Formats that blocks may have.
pub const CODECS: [u64; 3] = [CBOR, DAG_CBOR, IPLD_RAW];

/// A block of data that actors pass to each other or store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The multicodec of its format.
    pub codec: u64,
    /// Its bytes, shared: blocks are never changed.
    pub data: Arc<[u8]>,
    /// The links in it that count for reachability.
    pub links: Arc<[Cid]>,
}

impl Block {
    /// A block whose links have been found by [`scan`](crate::ipld_links::scan).
    pub fn new(codec: u64, data: impl Into<Arc<[u8]>>, links: impl Into<Arc<[Cid]>>) -> Self {
        Self {
            codec,
            data: data.into(),
            links: links.into(),
        }
    }

    /// What actors are told about a block.
    pub fn stat(&self) -> BlockStat {
        // Blocks come from actors' 32-bit memories, from the store and from messages; all are
        // bounded far below 4 GiB.
        BlockStat {
            codec: self.codec,
            size: self.data.len() as u32,
        }
    }
}

/// What actors are told about a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockStat {
    /// The multicodec of its format.
    pub codec: u64,
    /// Its length.
    pub size: u32,
}

/// Which links an actor may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRules {
    /// Any: the code was trusted to follow only what it had been given (up to nv20).
    Trusted,
    /// Only those reachable from what the actor was given or has made (FIP-0071).
    Tracked,
}

impl LinkRules {
    /// The rules of a network version.
    pub fn of_version(version: NetworkVersion) -> Self {
        if version < NetworkVersion::V21 {
            Self::Trusted
        } else {
            Self::Tracked
        }
    }
}

/// The blocks that one actor holds while it runs. None is ever dropped.
#[derive(Debug)]
pub struct BlockRegistry {
    rules: LinkRules,
    blocks: Vec<Block>,
    reachable: HashSet<Cid>,
}

impl BlockRegistry {
    /// An empty registry.
    pub fn new(rules: LinkRules) -> Self {
        Self {
            rules,
            blocks: Vec::new(),
            reachable: HashSet::new(),
        }
    }

    /// Adds a block that the actor was given; its links become reachable.
    ///
    /// # Errors
    /// `LimitExceeded` if there can't be more blocks; `IllegalCodec` up to nv20 if it has a
    /// format that blocks don't have.
    pub fn put_reachable(&mut self, block: Block) -> Result<BlockId, Refusal> {
        self.check_room()?;
        match self.rules {
            LinkRules::Trusted => check_codec(block.codec)?,
            LinkRules::Tracked => self.reachable.extend(block.links.iter()),
        }
        Ok(self.push(block))
    }

    /// Adds a block that the actor has made; all its links must be reachable already.
    ///
    /// # Errors
    /// As for [`put_reachable`](Self::put_reachable), and `NotFound` if a link isn't reachable.
    pub fn put_check_reachable(&mut self, block: Block) -> Result<BlockId, Refusal> {
        self.check_room()?;
        match self.rules {
            LinkRules::Trusted => check_codec(block.codec)?,
            LinkRules::Tracked => {
                if let Some(link) = block
                    .links
                    .iter()
                    .find(|link| !self.reachable.contains(link))
                {
                    let words = format!("a link of the new block is not reachable: {link}");
                    return Err(Refusal::new(ErrorNumber::NotFound, words));
                }
            }
        }
        Ok(self.push(block))
    }

    fn push(&mut self, block: Block) -> BlockId {
        let id = FIRST_ID + self.blocks.len() as BlockId;
        self.blocks.push(block);
        id
    }

    /// Makes a link reachable: the state root, or a block that was just linked.
    pub fn mark_reachable(&mut self, link: &Cid) {
        if self.rules == LinkRules::Tracked {
            self.reachable.insert(*link);
        }
    }

    /// Whether the actor may follow a link.
    pub fn is_reachable(&self, link: &Cid) -> bool {
        // A block inlined in its own CID is no exception: it may hold links of its own.
        self.rules == LinkRules::Trusted || self.reachable.contains(link)
    }

    /// The block with this number.
    ///
    /// # Errors
    /// `InvalidHandle` if there is none.
    pub fn get(&self, id: BlockId) -> Result<&Block, Refusal> {
        id.checked_sub(FIRST_ID)
            .and_then(|index| self.blocks.get(index as usize))
            .ok_or_else(|| {
                Refusal::new(
                    ErrorNumber::InvalidHandle,
                    format!("there is no block {id}"),
                )
            })
    }

    /// Whether there is room for one block more. A call checks this before it is made, so that
    /// its result can be kept.
    ///
    /// # Errors
    /// `LimitExceeded` if there is not.
    pub fn check_room(&self) -> Result<(), Refusal> {
        if self.blocks.len() < BLOCKS_MAX {
            return Ok(());
        }
        Err(Refusal::new(ErrorNumber::LimitExceeded, "too many blocks"))
    }
}

/// Checks that blocks may have this format.
///
/// # Errors
/// `IllegalCodec` if they may not.
pub fn check_codec(codec: u64) -> Result<(), Refusal> {
    if CODECS.contains(&codec) {
        return Ok(());
    }
    Err(Refusal::new(
        ErrorNumber::IllegalCodec,
        format!("blocks can't have codec {codec:#x}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::HashFunction;

    fn cid(data: &[u8]) -> Cid {
        Cid::new_v1(DAG_CBOR, HashFunction::Blake2b256.digest(data))
    }

    fn linking_to(link: Cid) -> Block {
        Block::new(DAG_CBOR, *b"block", [link])
    }

    #[track_caller]
    fn check_refused<T: std::fmt::Debug>(result: Result<T, Refusal>, number: ErrorNumber) {
        assert_eq!(result.unwrap_err().number, number);
    }

    #[test]
    fn numbers_start_at_one() {
        let mut blocks = BlockRegistry::new(LinkRules::Tracked);
        let first = blocks.put_reachable(linking_to(cid(b"a"))).unwrap();
        let second = blocks.put_reachable(linking_to(cid(b"b"))).unwrap();
        assert_eq!((first, second), (1, 2));
        assert_eq!(
            blocks.get(2).unwrap().stat(),
            BlockStat {
                codec: DAG_CBOR,
                size: 5
            }
        );
        check_refused(blocks.get(NO_BLOCK), ErrorNumber::InvalidHandle);
        check_refused(blocks.get(3), ErrorNumber::InvalidHandle);
        check_refused(blocks.get(u32::MAX), ErrorNumber::InvalidHandle);
    }

    #[test]
    fn a_given_block_makes_its_links_reachable() {
        let mut blocks = BlockRegistry::new(LinkRules::Tracked);
        assert!(!blocks.is_reachable(&cid(b"a")));
        check_refused(
            blocks.put_check_reachable(linking_to(cid(b"a"))),
            ErrorNumber::NotFound,
        );
        blocks.put_reachable(linking_to(cid(b"a"))).unwrap();
        assert!(blocks.is_reachable(&cid(b"a")));
        assert_eq!(blocks.put_check_reachable(linking_to(cid(b"a"))), Ok(2));
        check_refused(
            blocks.put_check_reachable(linking_to(cid(b"b"))),
            ErrorNumber::NotFound,
        );
    }

    #[test]
    fn a_made_block_makes_nothing_reachable() {
        let mut blocks = BlockRegistry::new(LinkRules::Tracked);
        blocks.mark_reachable(&cid(b"a"));
        blocks.put_check_reachable(linking_to(cid(b"a"))).unwrap();
        assert!(!blocks.is_reachable(&cid(b"block")));
    }

    #[test]
    fn up_to_nv20_all_is_reachable_but_formats_are_checked() {
        let mut blocks = BlockRegistry::new(LinkRules::of_version(NetworkVersion::V18));
        assert!(blocks.is_reachable(&cid(b"a")));
        assert_eq!(blocks.put_check_reachable(linking_to(cid(b"a"))), Ok(1));
        let pb = Block::new(0x70, *b"", []);
        check_refused(blocks.put_reachable(pb.clone()), ErrorNumber::IllegalCodec);
        let mut blocks = BlockRegistry::new(LinkRules::of_version(NetworkVersion::V21));
        // Such a block never gets this far: looking for its links fails.
        assert_eq!(blocks.put_reachable(pb), Ok(1));
    }
}
