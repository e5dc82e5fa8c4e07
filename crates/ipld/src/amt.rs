//! The network's AMT (version 3), decoded no further than it is looked at.
//!
//! A leaf has up to 64 values (sectors, partitions, deals), and a call mostly wants one of them. So
//! values are decoded when they are met ([`crate::node`]). The library type decodes and encodes all
//! of them.

use std::ops::{Deref, DerefMut};

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::from_slice;

use crate::cbor::{ARRAY, Reader, TAG, UINT, bytes, head, link};
use crate::error::Error;
use crate::node::{self, Child, Ground, Place};
use crate::value::Value;

/// A node's bitmap has 64 bits.
const BIT_WIDTH_MAX: u32 = 6;
/// The count of values must fit 64 bits.
const INDEX_MAX: u64 = u64::MAX - 1;

/// What sees indices and values, while it says so.
type Visit<'v, V, E> = dyn FnMut(u64, &V) -> Result<bool, E> + 'v;
/// The same, and may change the values.
type VisitMut<'v, V, E> = dyn FnMut(u64, &mut Slot<'_, V>) -> Result<bool, E> + 'v;

/// A sparse array of values.
#[derive(Debug)]
pub struct Amt<S, V> {
    ground: Ground<S>,
    /// How many levels are above the leaves.
    height: u32,
    count: u64,
    root: Node<V>,
    /// The CID of the root, unless something has changed.
    flushed: Option<Cid>,
}

type Node<V> = node::Node<Met<V>>;

/// A child that was met.
#[derive(Debug)]
enum Met<V> {
    /// In a leaf.
    Value(Box<V>),
    /// Above the leaves.
    Node(Box<Node<V>>),
}

/// A value that is visited. Whoever writes to it has changed it.
#[derive(Debug)]
pub struct Slot<'v, V> {
    value: &'v mut V,
    written: bool,
}

impl<V> Deref for Slot<'_, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value
    }
}

impl<V> DerefMut for Slot<'_, V> {
    fn deref_mut(&mut self) -> &mut V {
        self.written = true;
        self.value
    }
}

impl<S: Blockstore, V: Value> Amt<S, V> {
    /// An empty array with so many bits a level, 1 to 6.
    pub fn new(store: S, bit_width: u32) -> Self {
        Self {
            ground: Ground { store, bit_width },
            height: 0,
            count: 0,
            root: Node::default(),
            flushed: None,
        }
    }

    /// The array under a root, which is `[bits a level, height, count, node]`.
    ///
    /// # Errors
    /// If there is none.
    pub fn load(store: S, root: &Cid) -> Result<Self, Error> {
        let decoded = node::load(&store, root, Root::decode)?;
        let Root {
            bit_width,
            height,
            count,
            node,
        } = decoded;
        Ok(Self {
            ground: Ground { store, bit_width },
            height,
            count,
            root: node,
            flushed: Some(*root),
        })
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Is there room for the index below the root?
    fn covers(&self, index: u64) -> bool {
        let bits = self.ground.bit_width * (self.height + 1);
        index.checked_shr(bits).is_none_or(|rest| rest == 0)
    }

    /// The value at an index.
    ///
    /// # Errors
    /// If the index is out of range or the array can't be read.
    pub fn get(&self, index: u64) -> Result<Option<&V>, Error> {
        in_range(index)?;
        if !self.covers(index) {
            return Ok(None);
        }
        let place = self.ground.place();
        let (mut node, mut height) = (&self.root, self.height);
        loop {
            let Some(position) = node.position(place.slot(index, height)) else {
                return Ok(None);
            };
            let child = &node.children[position];
            match child.meet(&node.block, |bytes| Met::decode(place, height, bytes))? {
                Met::Value(value) => return Ok(Some(value)),
                Met::Node(below) => (node, height) = (below, height - 1),
            }
        }
    }

    /// Puts a value at an index.
    ///
    /// # Errors
    /// If the index is out of range or the array can't be read.
    pub fn set(&mut self, index: u64, value: V) -> Result<(), Error> {
        in_range(index)?;
        while !self.covers(index) {
            if !self.root.children.is_empty() {
                let below = std::mem::take(&mut self.root);
                self.root.insert(0, Met::Node(Box::new(below)));
            }
            self.height += 1;
        }
        let value = Met::Value(Box::new(value));
        let place = self.ground.place();
        if self.root.set(place, self.height, index, value)? {
            let count = self.count.checked_add(1);
            self.count = count.ok_or(Error::Corrupt("a root counts too many values"))?;
        }
        self.flushed = None;
        Ok(())
    }

    /// Removes the value at an index and returns it.
    ///
    /// # Errors
    /// If the index is out of range or the array can't be read.
    pub fn delete(&mut self, index: u64) -> Result<Option<V>, Error> {
        in_range(index)?;
        if !self.covers(index) {
            return Ok(None);
        }
        let place = self.ground.place();
        let Some(deleted) = self.root.delete(place, self.height, index)? else {
            return Ok(None);
        };
        let count = self.count.checked_sub(1);
        self.count = count.ok_or(Error::Corrupt("a root counts too few values"))?;
        self.flushed = None;
        self.lower()?;
        Ok(Some(deleted))
    }

    /// The tree is as high as its last index asks for, whatever was in it before.
    fn lower(&mut self) -> Result<(), Error> {
        if self.root.children.is_empty() {
            self.height = 0;
        }
        let place = self.ground.place();
        while self.height > 0 && self.root.present == 1 {
            let decode = |bytes: &[u8]| Met::decode(place, self.height, bytes);
            let child = &mut self.root.children[0];
            let Met::Node(below) = child.meet_mut(&self.root.block, decode)? else {
                unreachable!("a value above the leaves");
            };
            self.root = std::mem::take(below);
            self.height -= 1;
        }
        Ok(())
    }

    /// Writes what has changed, and returns the root.
    ///
    /// # Errors
    /// If a value or a block can't be written.
    pub fn flush(&mut self) -> Result<Cid, Error> {
        if let Some(cid) = self.flushed {
            return Ok(cid);
        }
        let place = self.ground.place();
        let mut out = self.root.new_block();
        head(&mut out, ARRAY, 4);
        head(&mut out, UINT, place.bit_width.into());
        head(&mut out, UINT, self.height.into());
        head(&mut out, UINT, self.count);
        let cid = self.root.flush(place, self.height, out)?;
        self.flushed = Some(cid);
        Ok(cid)
    }

    /// Visits values in ascending order while `visit` says so. Nodes stay in memory, values only if
    /// they were met before.
    ///
    /// # Errors
    /// Those of `visit`, or if the array can't be read.
    pub fn for_each_while<E: From<Error>>(&self, visit: &mut Visit<'_, V, E>) -> Result<(), E> {
        let place = self.ground.place();
        self.root.for_each_while(place, self.height, 0, visit)?;
        Ok(())
    }

    /// Visits values in ascending order while `visit` says so. Those that it writes to have changed.
    ///
    /// # Errors
    /// Those of `visit`, or if the array can't be read.
    pub fn for_each_while_mut<E: From<Error>>(
        &mut self,
        visit: &mut VisitMut<'_, V, E>,
    ) -> Result<(), E> {
        let place = self.ground.place();
        let visited = self.root.for_each_while_mut(place, self.height, 0, visit)?;
        if visited.changed {
            self.flushed = None;
        }
        Ok(())
    }
}

/// What is in the block of a root.
struct Root<V> {
    bit_width: u32,
    height: u32,
    count: u64,
    node: Node<V>,
}

impl<V: Value> Root<V> {
    fn decode(block: Vec<u8>) -> Result<Self, Error> {
        let mut reader = Reader::new(&block);
        if reader.head()? != (ARRAY, 4) {
            return Err(Error::Corrupt("a root has not four parts"));
        }
        let mut number = || match reader.head()? {
            (UINT, value) => Ok(value),
            _ => Err(Error::Corrupt("a root has a part that is no number")),
        };
        let (bit_width, height, count) = (number()?, number()?, number()?);
        if !(1..=u64::from(BIT_WIDTH_MAX)).contains(&bit_width) {
            let words = "a root has too many bits a level, or none";
            return Err(Error::Corrupt(words));
        }
        if height.saturating_mul(bit_width) >= u64::from(u64::BITS) {
            let words = "a tree is higher than its indices are long";
            return Err(Error::Corrupt(words));
        }
        // Both are below 64.
        let (bit_width, height) = (bit_width as u32, height as u32);
        let at = reader.at();
        Ok(Self {
            bit_width,
            height,
            count,
            node: Node::decode(bit_width, height, block, at)?,
        })
    }
}

impl Place<'_> {
    /// Which child of a node an index leads to.
    fn slot(self, index: u64, height: u32) -> u32 {
        let mask = (1 << self.bit_width) - 1;
        // Less than 64.
        (index >> (self.bit_width * height) & mask) as u32
    }

    /// The first index below a node's child.
    fn first(self, first: u64, slot: u32, height: u32) -> u64 {
        first | u64::from(slot) << (self.bit_width * height)
    }
}

/// How many bytes a node's bitmap has.
fn bitmap_len(bit_width: u32) -> usize {
    (1_usize << bit_width).div_ceil(8)
}

fn in_range(index: u64) -> Result<(), Error> {
    if index > INDEX_MAX {
        return Err(Error::OutOfRange("an index has no place in an array"));
    }
    Ok(())
}

impl<V: Value> Met<V> {
    /// The child of a node at a height.
    fn decode(place: Place<'_>, height: u32, bytes: &[u8]) -> Result<Self, Error> {
        let Some(below) = height.checked_sub(1) else {
            return Ok(Self::Value(Box::new(V::decode(bytes)?)));
        };
        let cid: Cid = from_slice(bytes)?;
        let node = node::load(place.store, &cid, |block| {
            Node::decode(place.bit_width, below, block, 0)
        })?;
        Ok(Self::Node(Box::new(node)))
    }
}

/// How a visit went.
struct Visited {
    goes_on: bool,
    changed: bool,
}

impl<V: Value> Node<V> {
    /// `[bytes of the bitmap, [link, ...], [value, ...]]`, with one of the lists empty. It is the
    /// last thing in the block; the bitmap's lowest bit is its first byte's.
    fn decode(bit_width: u32, height: u32, block: Vec<u8>, at: usize) -> Result<Self, Error> {
        let mut reader = Reader::new_at(&block, at);
        if reader.head()? != (ARRAY, 3) {
            return Err(Error::Corrupt("a node has not three parts"));
        }
        let bitmap = reader.bitmap()?;
        if bitmap.len() != bitmap_len(bit_width) {
            return Err(Error::Corrupt("a bitmap is too long or too short"));
        }
        let bytes = bitmap.iter().rev();
        let present = bytes.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let slots = 1_u32 << bit_width;
        if present.checked_shr(slots).is_some_and(|rest| rest > 0) {
            return Err(Error::Corrupt(
                "a node has more children than its bits can choose",
            ));
        }
        let count = u64::from(present.count_ones());
        let (links, values) = if height > 0 { (count, 0) } else { (0, count) };
        let mut children = Vec::with_capacity(present.count_ones() as usize);
        for expected in [links, values] {
            if reader.head()? != (ARRAY, expected) {
                return Err(Error::Corrupt("the bitmap does not fit the children"));
            }
            for _ in 0..expected {
                let start = reader.at();
                if height > 0 && block.get(start).is_none_or(|first| first >> 5 != TAG) {
                    return Err(Error::Corrupt("a child above the leaves is no link"));
                }
                reader.skip(1)?;
                children.push(Child::stored(start..reader.at()));
            }
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

    /// Gives an index a value; says whether it had none.
    fn set(
        &mut self,
        place: Place<'_>,
        height: u32,
        index: u64,
        value: Met<V>,
    ) -> Result<bool, Error> {
        let slot = place.slot(index, height);
        let found = self.position(slot);
        let Some(below) = height.checked_sub(1) else {
            match found {
                Some(position) => self.children[position] = Child::changed(value),
                None => _ = self.insert(slot, value),
            }
            return Ok(found.is_none());
        };
        let position = found.unwrap_or_else(|| self.insert(slot, Met::Node(Box::default())));
        let child = &mut self.children[position];
        let decode = |bytes: &[u8]| Met::decode(place, height, bytes);
        let Met::Node(node) = child.meet_mut(&self.block, decode)? else {
            unreachable!("a value above the leaves");
        };
        let is_new = node.set(place, below, index, value)?;
        child.set_changed();
        Ok(is_new)
    }

    fn delete(&mut self, place: Place<'_>, height: u32, index: u64) -> Result<Option<V>, Error> {
        let slot = place.slot(index, height);
        let Some(position) = self.position(slot) else {
            return Ok(None);
        };
        let child = &mut self.children[position];
        let decode = |bytes: &[u8]| Met::decode(place, height, bytes);
        if let Met::Node(node) = child.meet_mut(&self.block, decode)? {
            let deleted = node.delete(place, height - 1, index)?;
            if node.children.is_empty() {
                self.remove(slot, position);
            } else if deleted.is_some() {
                child.set_changed();
            }
            return Ok(deleted);
        }
        let Some(Met::Value(value)) = self.remove(slot, position).into_met() else {
            unreachable!("a value was met");
        };
        Ok(Some(*value))
    }

    /// Writes all that has changed below this node, and the block that ends with this node.
    fn flush(&mut self, place: Place<'_>, height: u32, mut out: Vec<u8>) -> Result<Cid, Error> {
        head(&mut out, ARRAY, 3);
        let len = bitmap_len(place.bit_width);
        bytes(&mut out, &self.present.to_le_bytes()[..len]);
        if height == 0 {
            head(&mut out, ARRAY, 0);
        }
        head(&mut out, ARRAY, self.children.len() as u64);
        self.append_children(&mut out, |met, out| match met {
            Met::Value(value) => value.encode(out),
            Met::Node(node) => {
                link(out, &node.flush(place, height - 1, node.new_block())?);
                Ok(())
            }
        })?;
        if height > 0 {
            head(&mut out, ARRAY, 0);
        }
        self.write(place.store, out)
    }

    /// Says whether to go on.
    fn for_each_while<E: From<Error>>(
        &self,
        place: Place<'_>,
        height: u32,
        first: u64,
        visit: &mut Visit<'_, V, E>,
    ) -> Result<bool, E> {
        let decode = |bytes: &[u8]| Met::decode(place, height, bytes);
        for (slot, child) in self.slots().zip(&self.children) {
            let index = place.first(first, slot, height);
            let goes_on = match child.met() {
                None if height == 0 => visit(index, &V::decode(child.bytes(&self.block))?)?,
                _ => match child.meet(&self.block, decode)? {
                    Met::Value(value) => visit(index, value)?,
                    Met::Node(node) => node.for_each_while(place, height - 1, index, visit)?,
                },
            };
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn for_each_while_mut<E: From<Error>>(
        &mut self,
        place: Place<'_>,
        height: u32,
        first: u64,
        visit: &mut VisitMut<'_, V, E>,
    ) -> Result<Visited, E> {
        let mut all = Visited {
            goes_on: true,
            changed: false,
        };
        let decode = |bytes: &[u8]| Met::decode(place, height, bytes);
        for (slot, child) in self.slots().zip(&mut self.children) {
            let index = place.first(first, slot, height);
            let visited = match child.meet_mut(&self.block, decode)? {
                Met::Value(value) => {
                    let mut slot = Slot {
                        value: &mut **value,
                        written: false,
                    };
                    let goes_on = visit(index, &mut slot)?;
                    Visited {
                        goes_on,
                        changed: slot.written,
                    }
                }
                Met::Node(node) => node.for_each_while_mut(place, height - 1, index, visit)?,
            };
            if visited.changed {
                child.set_changed();
                all.changed = true;
            }
            if !visited.goes_on {
                all.goes_on = false;
                break;
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests;
