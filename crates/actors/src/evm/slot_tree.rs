//! The tree of a contract's slots: the network's KAMT of 32-byte keys (bit width 5, one pair a
//! bucket, with extensions).
//!
//! Keys are not hashed, so that the neighbours that Solidity makes of an array stay neighbours. A
//! node stands at a bit of the key and has up to 32 children by the five bits that follow (the
//! last level has one bit left). Where only one key is below, the child is the slot itself; else
//! it is a link to the node where the keys below part, however many bits they share before. So
//! every set of slots has one tree, and all changes of a tipset can be folded in from the top in
//! one pass, each node written once. The library type, which changes one key after the other,
//! takes several times as long; it is the oracle of the tests.

use atoll_ipld::cbor::{ARRAY, MAP, UINT, bytes, head, text};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{BytesDe, CborStore, DAG_CBOR};
use multihash_codetable::{Code, Multihash, MultihashDigest};
use serde::Deserialize;

use crate::error::{ActorError, OrExit};
use crate::state::Store;

use super::storage::{SlotWrite, Word};

/// Bits of the key that choose a child.
const BIT_WIDTH: u32 = 5;
const KEY_BITS: u32 = 256;

type Bytes32 = [u8; 32];

/// A tree, with the nodes met so far decoded.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: Node,
    /// How many children its nodes have taken into memory.
    held: usize,
}

#[derive(Debug, Default)]
struct Node {
    /// Which of the 32 children there are.
    present: u32,
    /// Those that there are, in order.
    children: Vec<Child>,
}

#[derive(Debug)]
enum Child {
    Slot(SlotWrite),
    Link(Link),
}

/// The way to a node: every key below begins with the same bits.
#[derive(Debug)]
struct Link {
    digest: Bytes32,
    /// The bit at which the node stands.
    at: u32,
    /// What keys have before that bit; what comes after it means nothing.
    path: Bytes32,
    /// The node, if it was met.
    node: Option<Box<Node>>,
}

/// What changes did to a child.
enum Changed {
    Nothing,
    Child,
    /// Nothing is left of it.
    Gone,
}

impl Tree {
    /// The tree at a root.
    pub(super) fn load(store: &dyn Blockstore, root: &Cid) -> Result<Self, ActorError> {
        let mut tree = Self::default();
        tree.root = Nodes::of(store, &mut tree.held).load(root, 0, &[0; 32])?;
        Ok(tree)
    }

    /// The value of a slot; zero if there is none.
    pub(super) fn get(
        &mut self,
        store: &dyn Blockstore,
        key: &Bytes32,
    ) -> Result<Bytes32, ActorError> {
        let mut nodes = Nodes::of(store, &mut self.held);
        let (mut node, mut at) = (&mut self.root, 0);
        loop {
            let Some(position) = node.position(index(key, at)) else {
                return Ok([0; 32]);
            };
            match &mut node.children[position] {
                Child::Slot((other, value)) => {
                    return Ok(if other == key { *value } else { [0; 32] });
                }
                Child::Link(link) if link.is_above(key) => {
                    at = link.at;
                    node = nodes.behind(link)?;
                }
                Child::Link(_) => return Ok([0; 32]),
            }
        }
    }

    /// Folds in slots, in ascending order of their keys, and writes what has changed. Returns the
    /// new root. After an error the tree is of no more use.
    pub(super) fn fold(
        &mut self,
        store: &dyn Blockstore,
        writes: &[SlotWrite],
    ) -> Result<Cid, ActorError> {
        let mut nodes = Nodes::of(store, &mut self.held);
        nodes.change(&mut self.root, 0, writes)?;
        Ok(cid_of(&nodes.write(&self.root, 0)?))
    }

    /// Calls a function with every slot and its value, in the order of their keys. Keeps no more
    /// nodes in memory than it has.
    pub(super) fn for_each(
        &self,
        store: &dyn Blockstore,
        f: &mut dyn FnMut(&Bytes32, &Bytes32),
    ) -> Result<(), ActorError> {
        let mut held = 0;
        Nodes::of(store, &mut held).visit(&self.root, f)
    }

    /// How much it holds in memory, at most, in children of nodes.
    pub(super) fn held(&self) -> usize {
        self.held
    }
}

/// Where nodes come from and go to.
struct Nodes<'a> {
    store: &'a dyn Blockstore,
    held: &'a mut usize,
    /// The node that is being written.
    block: Vec<u8>,
}

impl<'a> Nodes<'a> {
    fn of(store: &'a dyn Blockstore, held: &'a mut usize) -> Self {
        Self {
            store,
            held,
            block: Vec::new(),
        }
    }

    fn behind<'l>(&mut self, link: &'l mut Link) -> Result<&'l mut Node, ActorError> {
        match &mut link.node {
            Some(node) => Ok(node),
            none => {
                let node = self.load(&cid_of(&link.digest), link.at, &link.path)?;
                Ok(none.insert(Box::new(node)))
            }
        }
    }

    fn load(&mut self, cid: &Cid, at: u32, path: &Bytes32) -> Result<Node, ActorError> {
        let stored: StoredNode = Store(self.store)
            .get_cbor(cid)
            .or_illegal_state("read a contract's storage")?
            .or_illegal_state("read a contract's storage")?;
        let node = stored
            .decode(at, path)
            .or_illegal_state("read a contract's storage")?;
        *self.held += node.children.len();
        Ok(node)
    }

    fn visit(
        &mut self,
        node: &Node,
        f: &mut dyn FnMut(&Bytes32, &Bytes32),
    ) -> Result<(), ActorError> {
        for child in &node.children {
            match child {
                Child::Slot((key, value)) => f(key, value),
                Child::Link(Link {
                    node: Some(node), ..
                }) => self.visit(node, f)?,
                Child::Link(link) => {
                    let node = self.load(&cid_of(&link.digest), link.at, &link.path)?;
                    self.visit(&node, f)?;
                }
            }
        }
        Ok(())
    }

    /// Writes a node that stands at a bit. What it links to is written.
    fn write(&mut self, node: &Node, at: u32) -> Result<Bytes32, ActorError> {
        self.block.clear();
        node.encode(at, &mut self.block);
        let hash = Code::Blake2b256.digest(&self.block);
        self.store
            .put_keyed(&Cid::new_v1(DAG_CBOR, hash), &self.block)
            .or_illegal_state("write a contract's storage")?;
        Ok(hash.digest().try_into().expect("BLAKE2b-256 has 32 bytes"))
    }

    /// Changes what is below a node. All keys begin as the node's path does.
    fn change(
        &mut self,
        node: &mut Node,
        at: u32,
        writes: &[SlotWrite],
    ) -> Result<bool, ActorError> {
        let mut changed = false;
        for (index, run) in runs(writes, at) {
            let rank = node.rank(index);
            if node.position(index).is_some() {
                match self.change_child(&mut node.children[rank], run)? {
                    Changed::Nothing => continue,
                    Changed::Child => {}
                    Changed::Gone => {
                        node.children.remove(rank);
                        node.present &= !(1 << index);
                    }
                }
            } else {
                let Some(child) = self.build(run)? else {
                    continue;
                };
                node.children.insert(rank, child);
                node.present |= 1 << index;
                *self.held += 1;
            }
            changed = true;
        }
        Ok(changed)
    }

    /// Changes a child. All keys lead to it.
    fn change_child(
        &mut self,
        child: &mut Child,
        writes: &[SlotWrite],
    ) -> Result<Changed, ActorError> {
        let new = match child {
            Child::Slot((key, value)) if matches!(writes, [(other, _)] if other == key) => {
                let new = writes[0].1;
                if new == *value {
                    return Ok(Changed::Nothing);
                }
                (new != [0; 32]).then_some(Child::Slot((*key, new)))
            }
            Child::Slot(old) => {
                let old = *old;
                let mut slots = writes.to_vec();
                if let Err(place) = slots.binary_search_by(|(key, _)| key.cmp(&old.0)) {
                    slots.insert(place, old);
                }
                match self.build(&slots)? {
                    Some(Child::Slot(new)) if new == old => return Ok(Changed::Nothing),
                    new => new,
                }
            }
            Child::Link(link) => match link.fork(writes) {
                None => {
                    let below = below(writes, link.at, &link.path);
                    let Link { at, path, .. } = *link;
                    let node = self.behind(link)?;
                    if !self.change(node, at, below)? {
                        return Ok(Changed::Nothing);
                    }
                    self.settle(std::mem::take(node), at, path)?
                }
                // A node goes between this one and the one behind the link, where new keys part
                // from those there.
                Some(at) => {
                    let path = link.path;
                    let old = Link {
                        node: link.node.take(),
                        ..*link
                    };
                    let mut node = Node {
                        present: 1 << index(&path, at),
                        children: vec![Child::Link(old)],
                    };
                    *self.held += 1;
                    self.change(&mut node, at, below(writes, at, &path))?;
                    self.settle(node, at, path)?
                }
            },
        };
        Ok(match new {
            Some(new) => {
                *child = new;
                Changed::Child
            }
            None => Changed::Gone,
        })
    }

    /// Slots where there was nothing. Those that are zero are none.
    fn build(&mut self, writes: &[SlotWrite]) -> Result<Option<Child>, ActorError> {
        if writes.iter().any(|(_, value)| *value == [0; 32]) {
            let slots = writes.iter().filter(|(_, value)| *value != [0; 32]);
            let slots: Vec<SlotWrite> = slots.copied().collect();
            return self.build(&slots);
        }
        let [first, .., last] = writes else {
            return Ok(writes.first().copied().map(Child::Slot));
        };
        let at = level(common_bits(&first.0, &last.0));
        let mut node = Node {
            present: 0,
            children: Vec::with_capacity(writes.len().min(1 << BIT_WIDTH)),
        };
        for (index, run) in runs(writes, at) {
            node.children.extend(self.build(run)?);
            node.present |= 1 << index;
        }
        *self.held += node.children.len();
        self.settle(node, at, first.0)
    }

    /// A changed node as a child of another: if it has one child only, that one takes its place.
    fn settle(
        &mut self,
        mut node: Node,
        at: u32,
        path: Bytes32,
    ) -> Result<Option<Child>, ActorError> {
        if node.children.len() < 2 {
            return Ok(node.children.pop());
        }
        Ok(Some(Child::Link(Link {
            digest: self.write(&node, at)?,
            at,
            path,
            node: Some(Box::new(node)),
        })))
    }
}

impl Node {
    /// Where the child of an index is among those that there are.
    fn position(&self, index: u32) -> Option<usize> {
        (self.present >> index & 1 == 1).then(|| self.rank(index))
    }

    fn rank(&self, index: u32) -> usize {
        (self.present & ((1 << index) - 1)).count_ones() as usize
    }

    /// `[bytes of the bitmap, [child, ...]]`. A child is `{"v": [[key, value]]}`, or
    /// `{"l": [link, bits of the extension, extension]}`.
    fn encode(&self, at: u32, out: &mut Vec<u8>) {
        head(out, ARRAY, 2);
        let bitmap = self.present.to_be_bytes();
        let zeros = bitmap.iter().take_while(|byte| **byte == 0).count();
        bytes(out, &bitmap[zeros..]);
        head(out, ARRAY, self.children.len() as u64);
        for child in &self.children {
            head(out, MAP, 1);
            match child {
                Child::Slot((key, value)) => {
                    text(out, SLOT);
                    head(out, ARRAY, 1);
                    head(out, ARRAY, 2);
                    bytes(out, Word(*key).significant());
                    bytes(out, Word(*value).significant());
                }
                Child::Link(link) => {
                    text(out, LINK);
                    head(out, ARRAY, 3);
                    out.extend_from_slice(&CID_HEAD);
                    out.extend_from_slice(&link.digest);
                    let skipped = link.at - (at + BIT_WIDTH);
                    head(out, UINT, skipped.into());
                    bytes(out, &bits_of(&link.path, at + BIT_WIDTH, skipped));
                }
            }
        }
    }
}

impl Link {
    /// Does a key begin as those below do?
    fn is_above(&self, key: &Bytes32) -> bool {
        common_bits(key, &self.path) >= self.at
    }

    /// Where new keys first part from those below, if any do.
    fn fork(&self, writes: &[SlotWrite]) -> Option<u32> {
        writes
            .iter()
            .filter(|(_, value)| *value != [0; 32])
            .map(|(key, _)| common_bits(key, &self.path))
            .filter(|common| *common < self.at)
            .min()
            .map(level)
    }
}

// --- keys ------------------------------------------------------------------------------------

/// Which child of a node that stands at a bit a key leads to.
fn index(key: &Bytes32, at: u32) -> u32 {
    let bits = BIT_WIDTH.min(KEY_BITS - at);
    let byte = |number: u32| u32::from(key.get(number as usize).copied().unwrap_or_default());
    let window = byte(at / 8) << 8 | byte(at / 8 + 1);
    window >> (16 - at % 8 - bits) & ((1 << bits) - 1)
}

/// How many bits two keys share at their beginning.
fn common_bits(a: &Bytes32, b: &Bytes32) -> u32 {
    let differing = a.iter().zip(b).position(|(a, b)| a != b);
    differing.map_or(KEY_BITS, |byte| {
        byte as u32 * 8 + (a[byte] ^ b[byte]).leading_zeros()
    })
}

/// The bit at which a node stands whose keys have so many bits in common. Different keys have
/// fewer than 256.
fn level(common: u32) -> u32 {
    common.min(KEY_BITS - 1) / BIT_WIDTH * BIT_WIDTH
}

/// Changes by the child of a node that they are for. All keys begin as the node's path does.
fn runs(mut writes: &[SlotWrite], at: u32) -> impl Iterator<Item = (u32, &[SlotWrite])> {
    std::iter::from_fn(move || {
        let child = index(&writes.first()?.0, at);
        let end = writes.partition_point(|(key, _)| index(key, at) == child);
        let (run, others) = writes.split_at(end);
        writes = others;
        Some((child, run))
    })
}

/// The changes whose keys begin as a path does, up to a bit.
fn below<'w>(writes: &'w [SlotWrite], at: u32, path: &Bytes32) -> &'w [SlotWrite] {
    // They are in order, so those that share a beginning follow each other.
    let is_below = |(key, _): &SlotWrite| common_bits(key, path) >= at;
    let start = writes.iter().position(is_below).unwrap_or(writes.len());
    let rest = &writes[start..];
    &rest[..rest.partition_point(is_below)]
}

/// Some bits of a key, at the head of as many bytes as they need.
fn bits_of(key: &Bytes32, from: u32, count: u32) -> Vec<u8> {
    let mut out = vec![0; count.div_ceil(8) as usize];
    for bit in 0..count {
        put_bit(&mut out, bit, bit_at(key, from + bit));
    }
    out
}

/// Puts the first bits of `source` into a key, from a bit on.
fn copy_bits(key: &mut Bytes32, to: u32, source: &[u8], count: u32) {
    for bit in 0..count {
        put_bit(key, to + bit, bit_at(source, bit));
    }
}

fn bit_at(bytes: &[u8], bit: u32) -> u8 {
    bytes[bit as usize / 8] >> (7 - bit % 8) & 1
}

/// Sets a bit of zeros.
fn put_bit(bytes: &mut [u8], bit: u32, value: u8) {
    bytes[bit as usize / 8] |= value << (7 - bit % 8);
}

// --- blocks ----------------------------------------------------------------------------------

/// What the two kinds of children are called.
const SLOT: &str = "v";
const LINK: &str = "l";

/// How every link begins: the tag, a byte string of 39 bytes, a zero byte, and a CID of version 1
/// with DAG-CBOR and BLAKE2b-256.
const CID_HEAD: [u8; 11] = [0xd8, 42, 0x58, 39, 0, 1, 0x71, 0xa0, 0xe4, 0x02, 32];

fn cid_of(digest: &Bytes32) -> Cid {
    let hash = Multihash::wrap(Code::Blake2b256.into(), digest);
    Cid::new_v1(DAG_CBOR, hash.expect("32 bytes are not too long"))
}

/// A node as it is stored.
#[derive(Deserialize)]
struct StoredNode(BytesDe, Vec<StoredChild>);

#[derive(Deserialize)]
enum StoredChild {
    #[serde(rename = "v")]
    Slots(Vec<(Word, Word)>),
    #[serde(rename = "l")]
    Link(Cid, u32, BytesDe),
}

impl StoredNode {
    fn decode(self, at: u32, path: &Bytes32) -> Result<Node, &'static str> {
        let Self(BytesDe(bitmap), stored) = self;
        if bitmap.len() > 4 {
            return Err("the bitmap has more than 32 bits");
        }
        let present = bitmap
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        if stored.len() != present.count_ones() as usize {
            return Err("the bitmap does not fit the children");
        }
        if stored.is_empty() && at > 0 {
            return Err("only the root may be empty");
        }
        let indices = (0..32).filter(|index| present >> index & 1 == 1);
        let children = indices
            .zip(stored)
            .map(|(index, child)| child.decode(index, at, path));
        Ok(Node {
            present,
            children: children.collect::<Result<_, _>>()?,
        })
    }
}

impl StoredChild {
    /// The child of an index of a node at some bit, whose keys begin as a path does.
    fn decode(self, number: u32, at: u32, path: &Bytes32) -> Result<Child, &'static str> {
        match self {
            Self::Slots(slots) => {
                let &[(Word(key), Word(value))] = &slots[..] else {
                    return Err("a child has several slots, or none");
                };
                if common_bits(&key, path) < at || index(&key, at) != number {
                    return Err("a slot is in the wrong place");
                }
                Ok(Child::Slot((key, value)))
            }
            Self::Link(cid, skipped, BytesDe(extension)) => {
                let digest = cid.hash().digest().try_into();
                let digest = digest.map_err(|_| "a link is no BLAKE2b-256")?;
                if cid != cid_of(&digest) {
                    return Err("a link is no DAG-CBOR by BLAKE2b-256");
                }
                if skipped % BIT_WIDTH != 0 || extension.len() != skipped.div_ceil(8) as usize {
                    return Err("an extension is not as long as it says");
                }
                let below = at + BIT_WIDTH + skipped.min(KEY_BITS);
                if below >= KEY_BITS {
                    return Err("an extension is longer than what is left of the key");
                }
                let mut child_path = [0; 32];
                copy_bits(&mut child_path, 0, path, at);
                let number = [(number << (8 - BIT_WIDTH)) as u8];
                copy_bits(&mut child_path, at, &number, BIT_WIDTH);
                copy_bits(&mut child_path, at + BIT_WIDTH, &extension, skipped);
                Ok(Child::Link(Link {
                    digest,
                    at: below,
                    path: child_path,
                    node: None,
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests;
