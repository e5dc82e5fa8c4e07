//! What the nodes of a HAMT and of an AMT have in common.
//!
//! A stored node stays the bytes that it is, with the borders of its children marked. A child is
//! decoded when it is met, and a flush copies the bytes of those that have not changed.

use std::cell::OnceCell;
use std::ops::Range;

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::DAG_CBOR;
use multihash_codetable::{Code, MultihashDigest};

use crate::error::Error;

/// Where a collection's nodes are, and how many bits of a key choose a child.
#[derive(Debug)]
pub(crate) struct Ground<S> {
    pub(crate) store: S,
    pub(crate) bit_width: u32,
}

/// The same, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Place<'s> {
    pub(crate) store: &'s dyn Blockstore,
    pub(crate) bit_width: u32,
}

impl<S: Blockstore> Ground<S> {
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            store: &self.store,
            bit_width: self.bit_width,
        }
    }
}

/// A node whose children are decoded to `M`.
#[derive(Debug)]
pub(crate) struct Node<M> {
    /// Which children there are, of at most 64.
    pub(crate) present: u64,
    /// Those that there are, in order.
    pub(crate) children: Vec<Child<M>>,
    /// What it was decoded from, or last encoded to.
    pub(crate) block: Vec<u8>,
}

/// Stored, met, or both.
#[derive(Debug)]
pub(crate) struct Child<M> {
    /// Where it is in the node's block, unless it has changed.
    stored: Option<Range<usize>>,
    met: OnceCell<M>,
}

impl<M> Default for Node<M> {
    fn default() -> Self {
        Self {
            present: 0,
            children: Vec::new(),
            block: Vec::new(),
        }
    }
}

impl<M> Node<M> {
    /// Where the child of a slot is among those that there are.
    pub(crate) fn position(&self, slot: u32) -> Option<usize> {
        (self.present >> slot & 1 == 1).then(|| self.rank(slot))
    }

    /// How many children are before that of a slot.
    fn rank(&self, slot: u32) -> usize {
        (self.present & ((1 << slot) - 1)).count_ones() as usize
    }

    /// Which slots have a child.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> + use<M> {
        let present = self.present;
        (0..u64::BITS).filter(move |slot| present >> slot & 1 == 1)
    }

    /// Gives an empty slot a child, and says where it is.
    pub(crate) fn insert(&mut self, slot: u32, met: M) -> usize {
        let position = self.rank(slot);
        self.children.insert(position, Child::changed(met));
        self.present |= 1 << slot;
        position
    }

    /// Takes the child of a slot away.
    pub(crate) fn remove(&mut self, slot: u32, position: usize) -> Child<M> {
        self.present &= !(1 << slot);
        self.children.remove(position)
    }

    /// Appends the children to a block that begins with what a node has before them: those that
    /// have not changed as they are stored, the others by `encode`.
    pub(crate) fn append_children(
        &mut self,
        out: &mut Vec<u8>,
        mut encode: impl FnMut(&mut M, &mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for child in &mut self.children {
            let start = out.len();
            match (&child.stored, child.met.get_mut()) {
                (Some(range), _) => out.extend_from_slice(&self.block[range.clone()]),
                (None, Some(met)) => encode(met, out)?,
                (None, None) => unreachable!("a child that was not met is stored"),
            }
            child.stored = Some(start..out.len());
        }
        Ok(())
    }

    /// A block to encode the node into.
    pub(crate) fn new_block(&self) -> Vec<u8> {
        Vec::with_capacity(self.block.len() + 256)
    }

    /// Writes the block into which the children were appended.
    pub(crate) fn write(&mut self, store: &dyn Blockstore, block: Vec<u8>) -> Result<Cid, Error> {
        self.block = block;
        let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&self.block));
        store.put_keyed(&cid, &self.block).map_err(Error::Store)?;
        Ok(cid)
    }
}

impl<M> Child<M> {
    /// One that lies in the node's block.
    pub(crate) fn stored(range: Range<usize>) -> Self {
        Self {
            stored: Some(range),
            met: OnceCell::new(),
        }
    }

    /// One that is new.
    pub(crate) fn changed(met: M) -> Self {
        Self {
            stored: None,
            met: OnceCell::from(met),
        }
    }

    /// What was met has changed since.
    pub(crate) fn set_changed(&mut self) {
        self.stored = None;
    }

    /// What it is, if it was met.
    pub(crate) fn met(&self) -> Option<&M> {
        self.met.get()
    }

    /// The same, of a child that is wanted no more.
    pub(crate) fn into_met(self) -> Option<M> {
        self.met.into_inner()
    }

    /// Decodes the child from the block of its node, unless that was done before.
    pub(crate) fn meet(
        &self,
        block: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<M, Error>,
    ) -> Result<&M, Error> {
        if self.met.get().is_none() {
            let met = decode(self.bytes(block))?;
            // It was empty a moment ago.
            let _ = self.met.set(met);
        }
        Ok(self.met.get().expect("it was met"))
    }

    /// The same, to change it.
    pub(crate) fn meet_mut(
        &mut self,
        block: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<M, Error>,
    ) -> Result<&mut M, Error> {
        self.meet(block, decode)?;
        Ok(self.met.get_mut().expect("it was met"))
    }

    /// The bytes of a child that was not met, in the block of its node.
    pub(crate) fn bytes<'b>(&self, block: &'b [u8]) -> &'b [u8] {
        let stored = self.stored.clone();
        &block[stored.expect("a child that was not met is stored")]
    }
}

/// Reads a node; says which one it is if it is corrupt.
pub(crate) fn load<T>(
    store: &dyn Blockstore,
    cid: &Cid,
    decode: impl FnOnce(Vec<u8>) -> Result<T, Error>,
) -> Result<T, Error> {
    let in_node = |error| Error::Node {
        cid: *cid,
        error: Box::new(error),
    };
    if cid.codec() != DAG_CBOR {
        return Err(in_node(Error::Corrupt("it is not DAG-CBOR")));
    }
    let block = store.get(cid).map_err(Error::Store)?;
    decode(block.ok_or(Error::Missing(*cid))?).map_err(in_node)
}
