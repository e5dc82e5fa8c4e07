//! The network's HAMT (version 3, SHA-256, buckets of three), decoded no further than it is
//! looked at.
//!
//! A node has up to 64 children, a bucket up to three values, and a call mostly wants one of them.
//! So buckets are decoded when they are met ([`crate::node`]). The library type decodes and encodes
//! all of them, the values by way of a generic tree: of the state tree, that was most of what a flush
//! cost.

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::from_slice;
use multihash_codetable::{Code, MultihashDigest};

use crate::cbor::{ARRAY, Reader, TAG, bytes, head, link};
use crate::error::Error;
use crate::node::{self, Child, Ground, Place};
use crate::value::Value;

/// Pairs in a bucket; one more and it becomes a node.
const BUCKET_MAX: usize = 3;
/// A node's bitmap has 64 bits.
const BIT_WIDTH_MAX: u32 = 6;
const HASH_BITS: u32 = 256;

const TOO_DEEP: &str = "a tree is deeper than its hashes are long";

type Hash = [u8; 32];
/// What sees keys and values.
type Visit<'v, V, E> = dyn FnMut(&[u8], &V) -> Result<(), E> + 'v;

/// A map from bytes to values.
#[derive(Debug)]
pub struct Hamt<S, V> {
    ground: Ground<S>,
    root: Node<V>,
    /// The CID of the root, unless something has changed.
    flushed: Option<Cid>,
}

type Node<V> = node::Node<Met<V>>;

/// A child that was met.
#[derive(Debug)]
enum Met<V> {
    /// Sorted by key.
    Bucket(Vec<Pair<V>>),
    Node(Box<Node<V>>),
}

#[derive(Debug)]
struct Pair<V>(Box<[u8]>, V);

/// What to do about a key that has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Present {
    Replace,
    Keep,
}

/// What a write did.
struct Written<V> {
    old: Option<V>,
    changed: bool,
}

impl<S: Blockstore, V: Value + PartialEq> Hamt<S, V> {
    /// An empty map with so many bits a level, 1 to 6.
    pub fn new(store: S, bit_width: u32) -> Self {
        Self {
            ground: Ground { store, bit_width },
            root: Node::default(),
            flushed: None,
        }
    }

    /// The map under a root.
    ///
    /// # Errors
    /// If there is none.
    pub fn load(store: S, root: &Cid, bit_width: u32) -> Result<Self, Error> {
        let ground = Ground { store, bit_width };
        Ok(Self {
            root: Node::load(ground.place(), root)?,
            ground,
            flushed: Some(*root),
        })
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.root.children.is_empty()
    }

    /// The value of a key.
    ///
    /// # Errors
    /// If the map can't be read.
    pub fn get(&self, key: &[u8]) -> Result<Option<&V>, Error> {
        let place = self.ground.place();
        let hash = hash(key);
        let (mut node, mut depth) = (&self.root, 0);
        loop {
            let Some(position) = node.position(place.index(&hash, depth)?) else {
                return Ok(None);
            };
            let child = &node.children[position];
            match child.meet(&node.block, |bytes| Met::decode(place, bytes))? {
                Met::Node(below) => node = below,
                Met::Bucket(pairs) => {
                    let pair = pairs.iter().find(|pair| *pair.0 == *key);
                    return Ok(pair.map(|pair| &pair.1));
                }
            }
            depth += place.bit_width;
        }
    }

    /// Gives the key a value, and returns the one it had.
    ///
    /// # Errors
    /// If the map can't be read.
    pub fn set(&mut self, key: &[u8], value: V) -> Result<Option<V>, Error> {
        Ok(self.write(key, value, Present::Replace)?.old)
    }

    /// Gives the key a value unless it has one; says whether it did.
    ///
    /// # Errors
    /// If the map can't be read.
    pub fn set_if_absent(&mut self, key: &[u8], value: V) -> Result<bool, Error> {
        Ok(self.write(key, value, Present::Keep)?.changed)
    }

    fn write(&mut self, key: &[u8], value: V, present: Present) -> Result<Written<V>, Error> {
        let place = self.ground.place();
        let pair = Pair(key.into(), value);
        let written = self.root.set(place, &hash(key), 0, pair, present)?;
        if written.changed {
            self.flushed = None;
        }
        Ok(written)
    }

    /// Removes a key and returns the value it had.
    ///
    /// # Errors
    /// If the map can't be read.
    pub fn delete(&mut self, key: &[u8]) -> Result<Option<V>, Error> {
        let place = self.ground.place();
        let deleted = self.root.delete(place, &hash(key), 0, key)?;
        if deleted.is_some() {
            self.flushed = None;
        }
        Ok(deleted)
    }

    /// Writes what has changed, and returns the root.
    ///
    /// # Errors
    /// If a value or a block can't be written.
    pub fn flush(&mut self) -> Result<Cid, Error> {
        if let Some(cid) = self.flushed {
            return Ok(cid);
        }
        let cid = self.root.flush(&self.ground.store)?;
        self.flushed = Some(cid);
        Ok(cid)
    }

    /// Visits every pair, in the order of the tree. Keeps nothing that was not met before.
    ///
    /// # Errors
    /// Those of `visit`, or if the map can't be read.
    pub fn for_each<E: From<Error>>(&self, visit: &mut Visit<'_, V, E>) -> Result<(), E> {
        self.root.for_each(self.ground.place(), 0, visit)
    }
}

impl Place<'_> {
    /// Which child of a node a hash leads to, so many bits down: its next bits, or what is left of
    /// them.
    fn index(self, hash: &Hash, depth: u32) -> Result<u32, Error> {
        if !(1..=BIT_WIDTH_MAX).contains(&self.bit_width) {
            return Err(Error::Corrupt("a node has too many bits a level, or none"));
        }
        let bits = self.bit_width.min(HASH_BITS.saturating_sub(depth));
        if bits == 0 {
            return Err(Error::Corrupt(TOO_DEEP));
        }
        let at = |byte: u32| u32::from(hash.get(byte as usize).copied().unwrap_or_default());
        let window = at(depth / 8) << 8 | at(depth / 8 + 1);
        Ok(window >> (16 - depth % 8 - bits) & ((1 << bits) - 1))
    }
}

fn hash(key: &[u8]) -> Hash {
    let hash = Code::Sha2_256.digest(key);
    hash.digest().try_into().expect("SHA2-256 has 32 bytes")
}

impl<V: Value + PartialEq> Met<V> {
    fn decode(place: Place<'_>, bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let (ARRAY, count) = reader.head()? else {
            let cid: Cid = from_slice(bytes)?;
            let node = Node::load(place, &cid)?;
            if node.children.is_empty() {
                return Err(Error::Corrupt("a node below the root is empty"));
            }
            return Ok(Self::Node(Box::new(node)));
        };
        let mut pairs: Vec<Pair<V>> = Vec::with_capacity(BUCKET_MAX);
        for _ in 0..count {
            let pair = Pair::decode(&mut reader)?;
            if pairs.last().is_some_and(|last| last.0 >= pair.0) {
                return Err(Error::Corrupt("the keys of a bucket are not in order"));
            }
            pairs.push(pair);
        }
        Ok(Self::Bucket(pairs))
    }
}

impl<V: Value> Pair<V> {
    /// `[key, value]`.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        if reader.head()? != (ARRAY, 2) {
            return Err(Error::Corrupt("what is in a bucket is no pair"));
        }
        Ok(Self(reader.bytes()?.into(), V::decode(reader.item()?)?))
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        head(out, ARRAY, 2);
        bytes(out, &self.0);
        self.1.encode(out)
    }
}

/// How many pairs are in a child, if it is a bucket.
fn bucket_len<V>(child: &Child<Met<V>>, block: &[u8]) -> Option<usize> {
    match child.met() {
        Some(Met::Bucket(pairs)) => Some(pairs.len()),
        Some(Met::Node(_)) => None,
        None => {
            let first = child.bytes(block)[0];
            // A bucket's length is in its first byte: there are three pairs at most.
            (first >> 5 == ARRAY).then_some(usize::from(first & 0x1f))
        }
    }
}

impl<V: Value + PartialEq> Node<V> {
    fn load(place: Place<'_>, cid: &Cid) -> Result<Self, Error> {
        node::load(place.store, cid, |block| {
            let node = Self::decode(block)?;
            let most = 1 << place.bit_width.min(BIT_WIDTH_MAX);
            if node.present.checked_shr(most).is_some_and(|rest| rest > 0) {
                let words = "a node has more children than its bits can choose";
                return Err(Error::Corrupt(words));
            }
            Ok(node)
        })
    }

    /// `[bytes of the bitmap, [child, ...]]`; a child is a link, or a list of `[key, value]`.
    fn decode(block: Vec<u8>) -> Result<Self, Error> {
        let mut reader = Reader::new(&block);
        if reader.head()? != (ARRAY, 2) {
            return Err(Error::Corrupt("a node is no pair"));
        }
        let bitmap = reader.bitmap()?.iter();
        let present = bitmap.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        if reader.head()? != (ARRAY, u64::from(present.count_ones())) {
            return Err(Error::Corrupt("the bitmap does not fit the children"));
        }
        let mut children = Vec::with_capacity(present.count_ones() as usize);
        for _ in 0..present.count_ones() {
            let start = reader.at();
            match reader.head()? {
                (TAG, _) => reader.skip(1)?,
                (ARRAY, pairs @ 1..=3) => reader.skip(pairs)?,
                _ => return Err(Error::Corrupt("a child is neither a link nor a bucket")),
            }
            children.push(Child::stored(start..reader.at()));
        }
        if reader.at() < block.len() {
            return Err(Error::Corrupt("there are bytes after a node"));
        }
        Ok(Self {
            present,
            children,
            block,
        })
    }

    fn set(
        &mut self,
        place: Place<'_>,
        hash: &Hash,
        depth: u32,
        pair: Pair<V>,
        present: Present,
    ) -> Result<Written<V>, Error> {
        let index = place.index(hash, depth)?;
        let new = Written {
            old: None,
            changed: true,
        };
        let Some(position) = self.position(index) else {
            self.insert(index, Met::Bucket(vec![pair]));
            return Ok(new);
        };
        let child = &mut self.children[position];
        let below = depth + place.bit_width;
        let met = child.meet_mut(&self.block, |bytes| Met::decode(place, bytes))?;
        let written = match met {
            Met::Node(node) => node.set(place, hash, below, pair, present)?,
            Met::Bucket(pairs) => match pairs.binary_search_by(|old| old.0.cmp(&pair.0)) {
                Ok(_) if present == Present::Keep => Written {
                    old: None,
                    changed: false,
                },
                Ok(found) => {
                    let changed = pairs[found].1 != pair.1;
                    let old = Some(std::mem::replace(&mut pairs[found].1, pair.1));
                    Written { old, changed }
                }
                Err(at) if pairs.len() < BUCKET_MAX => {
                    pairs.insert(at, pair);
                    new
                }
                Err(_) => {
                    let mut node = Self::default();
                    for old in pairs.drain(..) {
                        node.set(place, &self::hash(&old.0), below, old, present)?;
                    }
                    node.set(place, hash, below, pair, present)?;
                    *met = Met::Node(Box::new(node));
                    new
                }
            },
        };
        if written.changed {
            child.set_changed();
        }
        Ok(written)
    }

    fn delete(
        &mut self,
        place: Place<'_>,
        hash: &Hash,
        depth: u32,
        key: &[u8],
    ) -> Result<Option<V>, Error> {
        let index = place.index(hash, depth)?;
        let Some(position) = self.position(index) else {
            return Ok(None);
        };
        let child = &mut self.children[position];
        let met = child.meet_mut(&self.block, |bytes| Met::decode(place, bytes))?;
        let deleted = match met {
            Met::Bucket(pairs) => {
                let Some(found) = pairs.iter().position(|pair| *pair.0 == *key) else {
                    return Ok(None);
                };
                Some(pairs.remove(found).1)
            }
            Met::Node(node) => {
                let deleted = node.delete(place, hash, depth + place.bit_width, key)?;
                if deleted.is_some()
                    && let Some(pairs) = node.collapse(place)?
                {
                    *met = Met::Bucket(pairs);
                }
                deleted
            }
        };
        let is_empty = matches!(met, Met::Bucket(pairs) if pairs.is_empty());
        if is_empty {
            self.remove(index, position);
        } else if deleted.is_some() {
            child.set_changed();
        }
        Ok(deleted)
    }

    /// The pairs of a node that has become small enough for a bucket. Every set of pairs has one
    /// tree, whatever was in it before.
    fn collapse(&mut self, place: Place<'_>) -> Result<Option<Vec<Pair<V>>>, Error> {
        let lens = self
            .children
            .iter()
            .map(|child| bucket_len(child, &self.block));
        match lens.sum::<Option<usize>>() {
            Some(count) if count <= BUCKET_MAX => {}
            _ => return Ok(None),
        }
        let mut all = Vec::with_capacity(BUCKET_MAX);
        for child in &mut self.children {
            if let Met::Bucket(pairs) =
                child.meet_mut(&self.block, |bytes| Met::decode(place, bytes))?
            {
                all.append(pairs);
            }
        }
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(Some(all))
    }

    /// Writes all that has changed below this node, and the node.
    fn flush(&mut self, store: &dyn Blockstore) -> Result<Cid, Error> {
        let mut out = self.new_block();
        head(&mut out, ARRAY, 2);
        let bitmap = self.present.to_be_bytes();
        let zeros = bitmap.iter().take_while(|byte| **byte == 0).count();
        bytes(&mut out, &bitmap[zeros..]);
        head(&mut out, ARRAY, self.children.len() as u64);
        self.append_children(&mut out, |met, out| match met {
            Met::Bucket(pairs) => {
                head(out, ARRAY, pairs.len() as u64);
                pairs.iter().try_for_each(|pair| pair.encode(out))
            }
            Met::Node(node) => {
                link(out, &node.flush(store)?);
                Ok(())
            }
        })?;
        self.write(store, out)
    }

    fn for_each<E: From<Error>>(
        &self,
        place: Place<'_>,
        depth: u32,
        visit: &mut Visit<'_, V, E>,
    ) -> Result<(), E> {
        if depth >= HASH_BITS {
            return Err(Error::Corrupt(TOO_DEEP).into());
        }
        for child in &self.children {
            let decoded;
            let met = match child.met() {
                Some(met) => met,
                None => {
                    decoded = Met::decode(place, child.bytes(&self.block))?;
                    &decoded
                }
            };
            match met {
                Met::Node(node) => node.for_each(place, depth + place.bit_width, visit)?,
                Met::Bucket(pairs) => {
                    for Pair(key, value) in pairs {
                        visit(key, value)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
