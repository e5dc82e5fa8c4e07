//! The slots that native actors keep in the journal instead of in a tree.

use crate::hash_map::HashMap;

/// A word of 32 bytes: a key or a value.
pub type Word = [u8; 32];

/// The two maps of slots that an actor may keep in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotMap {
    /// A contract's storage.
    Persistent,
    /// A contract's transient storage (EIP-1153, FIP-0097).
    Transient,
}

/// One changed slot, on its way into an actor's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The map it is in.
    pub map: SlotMap,
    /// Its key.
    pub key: Word,
    /// Its value; zero means that it is to be removed.
    pub value: Word,
}

/// One actor's slots that were written since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    persistent: HashMap<Word, Word>,
    transient: HashMap<Word, Word>,
}

impl Slots {
    pub(crate) fn map(&self, map: SlotMap) -> &HashMap<Word, Word> {
        match map {
            SlotMap::Persistent => &self.persistent,
            SlotMap::Transient => &self.transient,
        }
    }

    pub(crate) fn map_mut(&mut self, map: SlotMap) -> &mut HashMap<Word, Word> {
        match map {
            SlotMap::Persistent => &mut self.persistent,
            SlotMap::Transient => &mut self.transient,
        }
    }

    /// Every slot, sorted by map and key.
    pub(crate) fn sorted(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.persistent.len() + self.transient.len());
        for map in [SlotMap::Persistent, SlotMap::Transient] {
            #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
            for (&key, &value) in self.map(map) {
                slots.push(Slot { map, key, value });
            }
        }
        slots.sort_unstable();
        slots
    }
}
