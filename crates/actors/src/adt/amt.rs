//! The network's AMT (version 3), decoded no further than it is looked at.
//!
//! A leaf has up to 64 values (sectors, partitions, deals), and a call mostly wants one of them. So
//! values are decoded when they are met ([`super::node`]). The library type decodes and encodes all
//! of them.

use std::ops::{Deref, DerefMut};

use cid::Cid;
use fvm_ipld_encoding::{from_slice, to_writer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cbor::{ARRAY, BYTES, Reader, TAG, UINT, corrupt, head};
use super::node::{self, Child};
use crate::error::{ActorError, OrExit};
use crate::state::Store;

/// A node's bitmap has 64 bits.
const BIT_WIDTH_MAX: u32 = 6;
/// The count of values must fit 64 bits.
const INDEX_MAX: u64 = u64::MAX - 1;

/// What sees indices and values, while it says so.
type Visit<'v, V> = dyn FnMut(u64, &V) -> Result<bool, ActorError> + 'v;
/// The same, and may change the values.
type VisitMut<'v, V> = dyn FnMut(u64, &mut Slot<'_, V>) -> Result<bool, ActorError> + 'v;

/// A sparse array of values. All errors are 20.
#[derive(Debug)]
pub(super) struct Amt<'a, V> {
    place: Place<'a>,
    /// How many levels are above the leaves.
    height: u32,
    count: u64,
    root: Node<V>,
    /// The CID of the root, unless something has changed.
    flushed: Option<Cid>,
}

/// Where nodes are, and how many bits of an index choose a child.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    store: Store<'a>,
    bit_width: u32,
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

impl<'a, V: Serialize + DeserializeOwned> Amt<'a, V> {
    pub(super) fn new(store: Store<'a>, bit_width: u32) -> Self {
        Self {
            place: Place { store, bit_width },
            height: 0,
            count: 0,
            root: Node::default(),
            flushed: None,
        }
    }

    /// The root is `[bits a level, height, count, node]`.
    pub(super) fn load(store: Store<'a>, root: &Cid) -> Result<Self, ActorError> {
        let block = node::read(store, root)?;
        let mut reader = Reader::new(&block);
        if reader.head()? != (ARRAY, 4) {
            return Err(corrupt("a root has not four parts"));
        }
        let mut number = || match reader.head()? {
            (UINT, value) => Ok(value),
            _ => Err(corrupt("a root has a part that is no number")),
        };
        let bit_width = u32::try_from(number()?).or_illegal_state("bits a level")?;
        let height = u32::try_from(number()?).or_illegal_state("a height")?;
        let count = number()?;
        if !(1..=BIT_WIDTH_MAX).contains(&bit_width) {
            return Err(corrupt("a root has too many bits a level, or none"));
        }
        if u64::from(height) * u64::from(bit_width) >= u64::from(u64::BITS) {
            return Err(corrupt("a tree is higher than its indices are long"));
        }
        let place = Place { store, bit_width };
        let at = reader.at();
        Ok(Self {
            place,
            height,
            count,
            root: Node::decode(place, height, block, at)?,
            flushed: Some(*root),
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Is there room for the index below the root?
    fn covers(&self, index: u64) -> bool {
        let bits = self.place.bit_width * (self.height + 1);
        index.checked_shr(bits).is_none_or(|rest| rest == 0)
    }

    pub(super) fn get(&self, index: u64) -> Result<Option<&V>, ActorError> {
        in_range(index)?;
        if !self.covers(index) {
            return Ok(None);
        }
        let (mut node, mut height) = (&self.root, self.height);
        loop {
            let Some(position) = node.position(self.place.slot(index, height)) else {
                return Ok(None);
            };
            let child = &node.children[position];
            match child.meet(&node.block, |bytes| Met::decode(self.place, height, bytes))? {
                Met::Value(value) => return Ok(Some(value)),
                Met::Node(below) => (node, height) = (below, height - 1),
            }
        }
    }

    pub(super) fn set(&mut self, index: u64, value: V) -> Result<(), ActorError> {
        in_range(index)?;
        while !self.covers(index) {
            if !self.root.children.is_empty() {
                let below = std::mem::take(&mut self.root);
                self.root.insert(0, Met::Node(Box::new(below)));
            }
            self.height += 1;
        }
        let value = Met::Value(Box::new(value));
        if self.root.set(self.place, self.height, index, value)? {
            let count = self.count.checked_add(1);
            self.count = count.or_illegal_state("a count of values")?;
        }
        self.flushed = None;
        Ok(())
    }

    /// Removes the value at an index and returns it.
    pub(super) fn delete(&mut self, index: u64) -> Result<Option<V>, ActorError> {
        in_range(index)?;
        if !self.covers(index) {
            return Ok(None);
        }
        let Some(deleted) = self.root.delete(self.place, self.height, index)? else {
            return Ok(None);
        };
        let count = self.count.checked_sub(1);
        self.count = count.or_illegal_state("a count of values")?;
        self.flushed = None;
        self.lower()?;
        Ok(Some(deleted))
    }

    /// The tree is as high as its last index asks for, whatever was in it before.
    fn lower(&mut self) -> Result<(), ActorError> {
        if self.root.children.is_empty() {
            self.height = 0;
        }
        while self.height > 0 && self.root.present == 1 {
            let decode = |bytes: &[u8]| Met::decode(self.place, self.height, bytes);
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
    pub(super) fn flush(&mut self) -> Result<Cid, ActorError> {
        if let Some(cid) = self.flushed {
            return Ok(cid);
        }
        let mut out = self.root.new_block();
        head(&mut out, ARRAY, 4);
        head(&mut out, UINT, self.place.bit_width.into());
        head(&mut out, UINT, self.height.into());
        head(&mut out, UINT, self.count);
        let cid = self.root.flush(self.place, self.height, out)?;
        self.flushed = Some(cid);
        Ok(cid)
    }

    /// Visits values in ascending order while `visit` says so. Nodes stay in memory, values only if
    /// they were met before.
    pub(super) fn for_each_while(&self, visit: &mut Visit<'_, V>) -> Result<(), ActorError> {
        self.root
            .for_each_while(self.place, self.height, 0, visit)?;
        Ok(())
    }

    /// Visits values in ascending order while `visit` says so. Those that it writes to have changed.
    pub(super) fn for_each_while_mut(
        &mut self,
        visit: &mut VisitMut<'_, V>,
    ) -> Result<(), ActorError> {
        let visited = self
            .root
            .for_each_while_mut(self.place, self.height, 0, visit)?;
        if visited.changed {
            self.flushed = None;
        }
        Ok(())
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

    /// How many bytes a node's bitmap has.
    fn bitmap_len(self) -> usize {
        (1_usize << self.bit_width).div_ceil(8)
    }
}

fn in_range(index: u64) -> Result<(), ActorError> {
    if index > INDEX_MAX {
        return Err(corrupt("an index has no place in an array"));
    }
    Ok(())
}

impl<V: Serialize + DeserializeOwned> Met<V> {
    /// The child of a node at a height.
    fn decode(place: Place<'_>, height: u32, bytes: &[u8]) -> Result<Self, ActorError> {
        let Some(below) = height.checked_sub(1) else {
            return Ok(Self::Value(Box::new(value(bytes)?)));
        };
        let cid: Cid = from_slice(bytes).or_illegal_state("a link")?;
        let block = node::read(place.store, &cid)?;
        Ok(Self::Node(Box::new(Node::decode(place, below, block, 0)?)))
    }
}

/// The value of a leaf's child.
fn value<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, ActorError> {
    from_slice(bytes).or_illegal_state("a value")
}

/// How a visit went.
struct Visited {
    goes_on: bool,
    changed: bool,
}

impl<V: Serialize + DeserializeOwned> Node<V> {
    /// `[bytes of the bitmap, [link, ...], [value, ...]]`, with one of the lists empty. It is the
    /// last thing in the block; the bitmap's lowest bit is its first byte's.
    fn decode(
        place: Place<'_>,
        height: u32,
        block: Vec<u8>,
        at: usize,
    ) -> Result<Self, ActorError> {
        let mut reader = Reader::new_at(&block, at);
        if reader.head()? != (ARRAY, 3) {
            return Err(corrupt("a node has not three parts"));
        }
        let bitmap = reader.bitmap()?;
        if bitmap.len() != place.bitmap_len() {
            return Err(corrupt("a bitmap is too long or too short"));
        }
        let bytes = bitmap.iter().rev();
        let present = bytes.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let slots = 1_u32 << place.bit_width;
        if present.checked_shr(slots).is_some_and(|rest| rest > 0) {
            return Err(corrupt("a node has more children than its bits can choose"));
        }
        let count = u64::from(present.count_ones());
        let (links, values) = if height > 0 { (count, 0) } else { (0, count) };
        let mut children = Vec::with_capacity(present.count_ones() as usize);
        for expected in [links, values] {
            if reader.head()? != (ARRAY, expected) {
                return Err(corrupt("the bitmap does not fit the children"));
            }
            for _ in 0..expected {
                let start = reader.at();
                if height > 0 && block.get(start).is_none_or(|first| first >> 5 != TAG) {
                    return Err(corrupt("a child above the leaves is no link"));
                }
                reader.skip(1)?;
                children.push(Child::stored(start..reader.at()));
            }
        }
        if reader.at() < block.len() {
            return Err(corrupt("there are bytes after a node"));
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
    ) -> Result<bool, ActorError> {
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

    fn delete(
        &mut self,
        place: Place<'_>,
        height: u32,
        index: u64,
    ) -> Result<Option<V>, ActorError> {
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
    fn flush(
        &mut self,
        place: Place<'_>,
        height: u32,
        mut out: Vec<u8>,
    ) -> Result<Cid, ActorError> {
        head(&mut out, ARRAY, 3);
        let bitmap = &self.present.to_le_bytes()[..place.bitmap_len()];
        head(&mut out, BYTES, bitmap.len() as u64);
        out.extend_from_slice(bitmap);
        if height == 0 {
            head(&mut out, ARRAY, 0);
        }
        head(&mut out, ARRAY, self.children.len() as u64);
        self.append_children(&mut out, |met, out| match met {
            Met::Value(value) => to_writer(out, value).or_illegal_state("a value"),
            Met::Node(node) => {
                let cid = node.flush(place, height - 1, node.new_block())?;
                to_writer(out, &cid).or_illegal_state("a link")
            }
        })?;
        if height > 0 {
            head(&mut out, ARRAY, 0);
        }
        self.write(place.store, out)
    }

    /// Says whether to go on.
    fn for_each_while(
        &self,
        place: Place<'_>,
        height: u32,
        first: u64,
        visit: &mut Visit<'_, V>,
    ) -> Result<bool, ActorError> {
        let decode = |bytes: &[u8]| Met::decode(place, height, bytes);
        for (slot, child) in self.slots().zip(&self.children) {
            let index = place.first(first, slot, height);
            let goes_on = match child.met() {
                None if height == 0 => visit(index, &value(child.bytes(&self.block))?)?,
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

    fn for_each_while_mut(
        &mut self,
        place: Place<'_>,
        height: u32,
        first: u64,
        visit: &mut VisitMut<'_, V>,
    ) -> Result<Visited, ActorError> {
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
