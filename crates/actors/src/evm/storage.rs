//! A contract's slots as they lie in the state.
//!
//! While messages run, slots live in the machine's journal as logical keys. They are folded into
//! the tree once a flush, so that it is walked and hashed once however often a slot was written.

use std::sync::LazyLock;

use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::CborStore;
use multihash_codetable::Code;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ActorError, OrExit};
use crate::state::Store;

use super::cache;
use super::slot_tree::Tree;
use super::state::{State, TransientData};

/// The root of a tree without slots.
pub(super) static EMPTY_SLOTS: LazyLock<Cid> = LazyLock::new(|| {
    write_empty(&MemoryBlockstore::default()).expect("a memory store does not fail")
});

/// A key or a value of the tree: 32 bytes, written without leading zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(pub [u8; 32]);

impl Word {
    /// Its bytes without leading zeros.
    pub(super) fn significant(&self) -> &[u8] {
        let zeros = self.0.iter().take_while(|byte| **byte == 0).count();
        &self.0[zeros..]
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.significant())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Word;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("at most 32 bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Word, E> {
                let Some(zeros) = 32usize.checked_sub(bytes.len()) else {
                    return Err(E::invalid_length(bytes.len(), &self));
                };
                let mut word = [0; 32];
                word[zeros..].copy_from_slice(bytes);
                Ok(Word(word))
            }
        }
        deserializer
            .deserialize_bytes(Bytes)
            .map_err(D::Error::custom)
    }
}

/// A slot that was written since the last flush.
pub type SlotWrite = ([u8; 32], [u8; 32]);

/// Folds the slots written since the last flush into a contract's state, and returns its new
/// head. Both lists are in ascending order of their keys. The state goes to `store`; the nodes of
/// the trees, which nothing but this state leads to, to `nodes`.
pub fn fold_slots(
    store: &dyn Blockstore,
    nodes: &dyn Blockstore,
    head: &Cid,
    persistent: &[SlotWrite],
    transient: &[SlotWrite],
) -> Result<Cid, ActorError> {
    let mut state: State = Store(store)
        .get_cbor(head)
        .or_illegal_state("decode a contract's state")?
        .or_illegal_state("load a contract's state")?;
    state.contract_state = fold(nodes, &state.contract_state, persistent)?;
    if let Some(data) = state.transient_data.take() {
        let slots = fold(nodes, &data.slots, transient)?;
        // A map that ended empty is written as if there had been none (FIP-0097).
        state.transient_data = (slots != *EMPTY_SLOTS).then_some(TransientData { slots, ..data });
    }
    Store(store)
        .put_cbor(&state, Code::Blake2b256)
        .or_illegal_state("write a contract's state")
}

/// Folds slots into one tree and returns its new root.
pub(super) fn fold(
    store: &dyn Blockstore,
    root: &Cid,
    writes: &[SlotWrite],
) -> Result<Cid, ActorError> {
    if writes.is_empty() {
        return Ok(*root);
    }
    cache::fold(store, root, writes)
}

/// Reads a slot of the tree at `root`, and with it every block that shows what the slot holds.
/// `None` if it is not there, which is to say zero.
pub fn read_slot(
    store: &dyn Blockstore,
    root: &Cid,
    key: &[u8; 32],
) -> Result<Option<[u8; 32]>, ActorError> {
    let value = Tree::load(store, root)?.get(store, key)?;
    Ok((value != [0; 32]).then_some(value))
}

/// Calls a function with every slot of the tree at `root` and its value.
pub fn for_each_slot(
    store: &dyn Blockstore,
    root: &Cid,
    mut f: impl FnMut(&[u8; 32], &[u8; 32]),
) -> Result<(), ActorError> {
    Tree::load(store, root)?.for_each(store, &mut f)
}

/// Writes the root of a storage without slots, and returns its CID.
pub fn write_empty(store: &dyn Blockstore) -> Result<Cid, ActorError> {
    Tree::default().fold(store, &[])
}
