//! The network's HAMT (version 3, bit width 5, buckets of three), over values kept as they are
//! encoded.
//!
//! A flush that changes one actor encodes the node it is in, with all its neighbours. The library
//! type decodes every neighbour into a value and encodes it anew; here that is a copy of bytes,
//! which is most of what a flush costs. Nodes are decoded when they are first met and stay in
//! memory.

use std::sync::Arc;

use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;

use crate::cbor::{ARRAY, bytes, head, link};
use crate::crypto::HashFunction;
use crate::error::{Fatal, Refusal};
use crate::ipld_links::{CID_TAG, Header, Major, read_cid, take};
use crate::store::Store;

/// Bits of the key's hash that choose a child.
const BIT_WIDTH: u32 = 5;
/// Pairs in a bucket; one more and it becomes a node.
const BUCKET_MAX: usize = 3;

/// A function that sees keys and values.
type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), Fatal> + 'a;

/// A map from bytes to encoded values.
#[derive(Debug)]
pub(crate) struct Hamt {
    store: Store,
    root: Node,
    /// The CID of the root, unless something has changed.
    flushed: Option<Cid>,
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
    /// Sorted by key.
    Bucket(Vec<Pair>),
    /// A node as it is stored, decoded if it was met.
    Stored(Cid, Option<Box<Node>>),
    /// A node with changes.
    Changed(Box<Node>),
}

#[derive(Debug)]
struct Pair {
    key: Box<[u8]>,
    value: Box<[u8]>,
}

impl Hamt {
    /// An empty map.
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            root: Node::default(),
            flushed: None,
        }
    }

    /// The map at a root.
    pub(crate) fn load(store: Store, root: &Cid) -> Result<Self, Fatal> {
        let node = Node::load(&store, root, Depth::ROOT)?;
        Ok(Self {
            store,
            root: node,
            flushed: Some(*root),
        })
    }

    /// The value of a key.
    pub(crate) fn get(&mut self, key: &[u8]) -> Result<Option<&[u8]>, Fatal> {
        let hash = hash(key);
        let (store, mut node, mut depth) = (&self.store, &mut self.root, Depth::ROOT);
        loop {
            let Some(index) = node.position(depth.index(&hash)?) else {
                return Ok(None);
            };
            depth = depth.next();
            match &mut node.children[index] {
                Child::Bucket(pairs) => {
                    let pair = pairs.iter().find(|pair| *pair.key == *key);
                    return Ok(pair.map(|pair| &*pair.value));
                }
                Child::Stored(cid, loaded) => node = load_once(store, cid, loaded, depth)?,
                Child::Changed(child) => node = child,
            }
        }
    }

    /// Sets the value of a key.
    pub(crate) fn set(&mut self, key: &[u8], value: Box<[u8]>) -> Result<(), Fatal> {
        let pair = Pair {
            key: key.into(),
            value,
        };
        if self.root.set(&self.store, &hash(key), Depth::ROOT, pair)? {
            self.flushed = None;
        }
        Ok(())
    }

    /// Removes a key, if it is there.
    pub(crate) fn delete(&mut self, key: &[u8]) -> Result<(), Fatal> {
        if self
            .root
            .delete(&self.store, &hash(key), Depth::ROOT, key)?
        {
            self.flushed = None;
        }
        Ok(())
    }

    /// Writes what has changed, and returns the root.
    pub(crate) fn flush(&mut self) -> Cid {
        *self
            .flushed
            .get_or_insert_with(|| self.root.flush(&self.store))
    }

    /// Calls a function with every pair, in the order of the tree. Keeps no node in memory.
    pub(crate) fn for_each(&self, f: &mut Visit<'_>) -> Result<(), Fatal> {
        self.root.for_each(&self.store, Depth::ROOT, f)
    }
}

/// How far down a node is, counted in bits of the hash.
#[derive(Clone, Copy, Debug)]
struct Depth(u32);

impl Depth {
    const ROOT: Self = Self(0);

    fn next(self) -> Self {
        Self(self.0 + BIT_WIDTH)
    }

    /// Which child of a node at this depth a hash leads to: its next five bits, or what is left
    /// of it.
    fn index(self, hash: &[u8; 32]) -> Result<u32, Fatal> {
        let bits = BIT_WIDTH.min((hash.len() as u32 * 8).saturating_sub(self.0));
        if bits == 0 {
            return Err(Fatal::new("a HAMT is deeper than its hashes are long"));
        }
        let at = |byte: u32| u32::from(hash.get(byte as usize).copied().unwrap_or_default());
        let window = at(self.0 / 8) << 8 | at(self.0 / 8 + 1);
        Ok(window >> (16 - self.0 % 8 - bits) & ((1 << bits) - 1))
    }
}

fn hash(key: &[u8]) -> [u8; 32] {
    let hash = HashFunction::Sha2_256.digest(key);
    hash.digest().try_into().expect("SHA2-256 has 32 bytes")
}

fn load_once<'a>(
    store: &Store,
    cid: &Cid,
    loaded: &'a mut Option<Box<Node>>,
    depth: Depth,
) -> Result<&'a mut Node, Fatal> {
    match loaded {
        Some(node) => Ok(node),
        None => Ok(loaded.insert(Box::new(Node::load(store, cid, depth)?))),
    }
}

impl Node {
    fn load(store: &Store, cid: &Cid, depth: Depth) -> Result<Self, Fatal> {
        let block = store
            .block(cid)?
            .ok_or_else(|| Fatal::new(format!("the HAMT node {cid} is missing")))?;
        let node = Self::decode(&block).map_err(|refusal| {
            Fatal::new(format!("the HAMT node {cid} is corrupt: {}", refusal.words))
        })?;
        if node.children.is_empty() && depth.0 > 0 {
            return Err(Fatal::new(format!("the HAMT node {cid} is empty")));
        }
        Ok(node)
    }

    /// Where the child of an index is among those that there are.
    fn position(&self, index: u32) -> Option<usize> {
        (self.present >> index & 1 == 1).then(|| self.rank(index))
    }

    fn rank(&self, index: u32) -> usize {
        (self.present & ((1 << index) - 1)).count_ones() as usize
    }

    /// Did anything change?
    fn set(
        &mut self,
        store: &Store,
        hash: &[u8; 32],
        depth: Depth,
        pair: Pair,
    ) -> Result<bool, Fatal> {
        let index = depth.index(hash)?;
        let Some(position) = self.position(index) else {
            self.children
                .insert(self.rank(index), Child::Bucket(vec![pair]));
            self.present |= 1 << index;
            return Ok(true);
        };
        let child = &mut self.children[position];
        match child {
            Child::Changed(node) => node.set(store, hash, depth.next(), pair),
            Child::Stored(cid, loaded) => {
                let node = load_once(store, cid, loaded, depth.next())?;
                let changed = node.set(store, hash, depth.next(), pair)?;
                if changed {
                    *child = Child::Changed(Box::new(std::mem::take(node)));
                }
                Ok(changed)
            }
            Child::Bucket(pairs) => match pairs.binary_search_by(|old| old.key.cmp(&pair.key)) {
                Ok(found) => {
                    let old = &mut pairs[found].value;
                    let changed = *old != pair.value;
                    *old = pair.value;
                    Ok(changed)
                }
                Err(place) if pairs.len() < BUCKET_MAX => {
                    pairs.insert(place, pair);
                    Ok(true)
                }
                Err(_) => {
                    let mut node = Self::default();
                    for old in pairs.drain(..) {
                        node.set(store, &self::hash(&old.key), depth.next(), old)?;
                    }
                    node.set(store, hash, depth.next(), pair)?;
                    *child = Child::Changed(Box::new(node));
                    Ok(true)
                }
            },
        }
    }

    /// Did anything change?
    fn delete(
        &mut self,
        store: &Store,
        hash: &[u8; 32],
        depth: Depth,
        key: &[u8],
    ) -> Result<bool, Fatal> {
        let index = depth.index(hash)?;
        let Some(position) = self.position(index) else {
            return Ok(false);
        };
        let child = &mut self.children[position];
        let changed = match child {
            Child::Bucket(pairs) => {
                let before = pairs.len();
                pairs.retain(|pair| *pair.key != *key);
                if pairs.is_empty() {
                    self.children.remove(position);
                    self.present &= !(1 << index);
                    return Ok(true);
                }
                return Ok(pairs.len() < before);
            }
            Child::Changed(node) => node.delete(store, hash, depth.next(), key)?,
            Child::Stored(cid, loaded) => {
                let node = load_once(store, cid, loaded, depth.next())?;
                let changed = node.delete(store, hash, depth.next(), key)?;
                if changed {
                    *child = Child::Changed(Box::new(std::mem::take(node)));
                }
                changed
            }
        };
        if changed
            && let Child::Changed(node) = child
            && let Some(pairs) = node.collapse()
        {
            *child = Child::Bucket(pairs);
        }
        Ok(changed)
    }

    /// The pairs of a node that has become small enough for a bucket. Every set of pairs has one
    /// tree, whatever was in it before.
    fn collapse(&mut self) -> Option<Vec<Pair>> {
        let mut count = 0;
        for child in &self.children {
            let Child::Bucket(pairs) = child else {
                return None;
            };
            count += pairs.len();
        }
        if count > BUCKET_MAX {
            return None;
        }
        let mut all = Vec::with_capacity(count);
        for child in &mut self.children {
            if let Child::Bucket(pairs) = child {
                all.append(pairs);
            }
        }
        all.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Some(all)
    }

    /// Writes this node and all changed ones below.
    fn flush(&mut self, store: &Store) -> Cid {
        for child in &mut self.children {
            if let Child::Changed(node) = child {
                let cid = node.flush(store);
                *child = Child::Stored(cid, Some(std::mem::take(node)));
            }
        }
        let block = self.encode();
        let cid = Cid::new_v1(DAG_CBOR, HashFunction::Blake2b256.digest(&block));
        store.put_block(cid, Arc::from(block));
        cid
    }

    fn for_each(&self, store: &Store, depth: Depth, f: &mut Visit<'_>) -> Result<(), Fatal> {
        for child in &self.children {
            match child {
                Child::Bucket(pairs) => {
                    for pair in pairs {
                        f(&pair.key, &pair.value)?;
                    }
                }
                Child::Stored(_, Some(node)) | Child::Changed(node) => {
                    node.for_each(store, depth.next(), f)?;
                }
                Child::Stored(cid, None) => {
                    let node = Self::load(store, cid, depth.next())?;
                    node.for_each(store, depth.next(), f)?;
                }
            }
        }
        Ok(())
    }

    /// `[bytes of the bitmap, [child, ...]]`; a child is a link, or a list of `[key, value]`.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.children.len() * 192);
        head(&mut out, ARRAY, 2);
        let bitmap = self.present.to_be_bytes();
        let zeros = bitmap.iter().take_while(|byte| **byte == 0).count();
        bytes(&mut out, &bitmap[zeros..]);
        head(&mut out, ARRAY, self.children.len() as u64);
        for child in &self.children {
            match child {
                Child::Bucket(pairs) => {
                    head(&mut out, ARRAY, pairs.len() as u64);
                    for pair in pairs {
                        head(&mut out, ARRAY, 2);
                        bytes(&mut out, &pair.key);
                        out.extend_from_slice(&pair.value);
                    }
                }
                Child::Stored(cid, _) => {
                    link(&mut out, cid);
                }
                Child::Changed(_) => unreachable!("a flush writes children first"),
            }
        }
        out
    }

    fn decode(mut data: &[u8]) -> Result<Self, Refusal> {
        let data = &mut data;
        expect_array(data, Some(2))?;
        let bitmap = read_bytes(data)?;
        if bitmap.len() > 4 {
            return Err(corrupt("the bitmap has more than 32 bits"));
        }
        let present = bitmap
            .iter()
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let count = expect_array(data, None)?;
        if count != u64::from(present.count_ones()) {
            return Err(corrupt("the bitmap does not fit the children"));
        }
        // At most 32: so many bits there are.
        let mut children = Vec::with_capacity(count as usize);
        for _ in 0..count {
            children.push(Child::decode(data)?);
        }
        if !data.is_empty() {
            return Err(corrupt("there are bytes after the node"));
        }
        Ok(Self { present, children })
    }
}

impl Child {
    fn decode(data: &mut &[u8]) -> Result<Self, Refusal> {
        let header = Header::read(data)?;
        match header.major {
            Major::Tag if header.value == CID_TAG => Ok(Self::Stored(read_cid(data)?, None)),
            Major::Array if (1..=BUCKET_MAX as u64).contains(&header.value) => {
                let mut pairs: Vec<Pair> = Vec::with_capacity(header.value as usize);
                for _ in 0..header.value {
                    expect_array(data, Some(2))?;
                    let key = read_bytes(data)?;
                    if pairs.last().is_some_and(|last| *last.key >= *key) {
                        return Err(corrupt("the keys of a bucket are not in order"));
                    }
                    pairs.push(Pair {
                        key: key.into(),
                        value: read_item(data)?.into(),
                    });
                }
                Ok(Self::Bucket(pairs))
            }
            _ => Err(corrupt("a child is neither a link nor a bucket")),
        }
    }
}

fn corrupt(words: &'static str) -> Refusal {
    Refusal::new(fvm_shared::error::ErrorNumber::Serialization, words)
}

fn expect_array(data: &mut &[u8], len: Option<u64>) -> Result<u64, Refusal> {
    let header = Header::read(data)?;
    if !matches!(header.major, Major::Array) || len.is_some_and(|len| len != header.value) {
        return Err(corrupt("a list is not as long as it should be, or none"));
    }
    Ok(header.value)
}

fn read_bytes<'a>(data: &mut &'a [u8]) -> Result<&'a [u8], Refusal> {
    let header = Header::read(data)?;
    if !matches!(header.major, Major::Bytes) {
        return Err(corrupt("a byte string is missing"));
    }
    take(data, header.value)
}

/// The bytes of one item and all inside it.
fn read_item<'a>(data: &mut &'a [u8]) -> Result<&'a [u8], Refusal> {
    let start = *data;
    let mut items_left: u64 = 1;
    while items_left > 0 {
        let header = Header::read(data)?;
        let inside = match header.major {
            Major::Unsigned | Major::Negative | Major::Other => 0,
            Major::Bytes | Major::Text => {
                take(data, header.value)?;
                0
            }
            Major::Array => header.value,
            Major::Map => header.value.saturating_mul(2),
            Major::Tag => 1,
        };
        items_left = (items_left - 1)
            .checked_add(inside)
            .ok_or_else(|| corrupt("a value has too many items"))?;
    }
    Ok(&start[..start.len() - data.len()])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fvm_ipld_blockstore::MemoryBlockstore;
    use fvm_ipld_hamt::{BytesKey, Hamt as LibraryHamt};
    use proptest::prelude::*;

    use super::*;
    use crate::store::MemoryStore;

    fn store() -> Store {
        Store::new(Arc::new(MemoryStore::new()))
    }

    proptest! {
        /// The library is the oracle, after any sequence of changes, flushes and reloads.
        #[test]
        fn roots_are_the_librarys(
            steps in proptest::collection::vec((0..400_u16, proptest::option::of(any::<u32>()), 0..9_u8), 0..400)
        ) {
            let store = store();
            let mut ours = Hamt::new(store.clone());
            let theirs_store = MemoryBlockstore::new();
            let mut theirs: LibraryHamt<_, u32> =
                LibraryHamt::new_with_bit_width(&theirs_store, BIT_WIDTH);
            let mut model = BTreeMap::new();
            for (key, value, flush) in steps {
                let key = key.to_be_bytes();
                match value {
                    Some(value) => {
                        let encoded = fvm_ipld_encoding::to_vec(&value).unwrap();
                        ours.set(&key, encoded.into()).unwrap();
                        theirs.set(BytesKey(key.to_vec()), value).unwrap();
                        model.insert(key, value);
                    }
                    None => {
                        ours.delete(&key).unwrap();
                        theirs.delete(key.as_slice()).unwrap();
                        model.remove(&key);
                    }
                }
                if flush == 0 {
                    let root = ours.flush();
                    prop_assert_eq!(root, theirs.flush().unwrap());
                    if key[1] % 2 == 0 {
                        ours = Hamt::load(store.clone(), &root).unwrap();
                    }
                }
                let found = ours.get(&key).unwrap().map(|v| fvm_ipld_encoding::from_slice::<u32>(v).unwrap());
                prop_assert_eq!(found, value);
            }
            prop_assert_eq!(ours.flush(), theirs.flush().unwrap());
            let mut all = BTreeMap::new();
            ours.for_each(&mut |key, value| {
                let value: u32 = fvm_ipld_encoding::from_slice(value).unwrap();
                all.insert(<[u8; 2]>::try_from(key).unwrap(), value);
                Ok(())
            }).unwrap();
            prop_assert_eq!(all, model);
        }

        /// What is no node is an error, not a panic, and does not take memory.
        #[test]
        fn garbage_is_an_error(data in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Node::decode(&data);
        }
    }

    #[test]
    fn a_hash_is_used_up_bit_by_bit() {
        let mut hash = [0; 32];
        hash[0] = 0b1010_1110;
        hash[1] = 0b0111_0000;
        hash[31] = 1;
        let index = |depth| Depth(depth).index(&hash).unwrap();
        assert_eq!([index(0), index(5), index(10)], [0b10101, 0b11001, 0b11000]);
        assert_eq!(index(255), 1);
        assert!(Depth(260).index(&hash).is_err());
    }

    #[test]
    fn corrupt_nodes() {
        for (data, words) in [
            (
                &[0x82, 0x41, 1, 0x80][..],
                "the bitmap does not fit the children",
            ),
            (
                &[0x82, 0x41, 1, 0x81, 0x80],
                "a child is neither a link nor a bucket",
            ),
            (
                &[
                    0x82, 0x41, 1, 0x81, 0x82, 0x82, 0x41, 2, 0, 0x82, 0x41, 1, 0,
                ],
                "the keys of a bucket are not in order",
            ),
            (&[0x82, 0x40, 0x80, 0], "there are bytes after the node"),
            (
                &[0x82, 0x45, 1, 1, 1, 1, 1, 0x80],
                "the bitmap has more than 32 bits",
            ),
        ] {
            assert_eq!(Node::decode(data).unwrap_err().words, words);
        }
    }
}
