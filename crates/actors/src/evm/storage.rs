//! A contract's slots as they lie in the state: a KAMT from 32-byte keys to 32-byte values.
//!
//! While messages run, slots live in the machine's journal as logical keys. Here they are read
//! when the journal does not have them, and folded in once a flush, so that the tree is walked
//! and hashed once however often a slot was written.

use std::borrow::Cow;
use std::sync::LazyLock;

use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::CborStore;
use fvm_ipld_kamt::{AsHashedKey, Config, HashedKey, Kamt};
use multihash_codetable::Code;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ActorError, OrExit};
use crate::state::Store;

use super::cache;
use super::state::{State, TransientData};

/// The shape of the tree (facts of the network: Solidity puts arrays at neighbouring keys and
/// the first variables at small ones).
const SHAPE: Config = Config {
    bit_width: 5,
    min_data_depth: 0,
    max_array_width: 1,
};

/// The root of a tree without slots.
pub(super) static EMPTY_SLOTS: LazyLock<Cid> = LazyLock::new(|| {
    write_empty(&MemoryBlockstore::default()).expect("a memory store does not fail")
});

/// A key or a value of the tree: 32 bytes, written without leading zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(pub [u8; 32]);

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zeros = self.0.iter().take_while(|byte| **byte == 0).count();
        serializer.serialize_bytes(&self.0[zeros..])
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

/// Keys are not hashed: neighbours stay neighbours.
#[derive(Debug)]
pub(super) struct Unhashed;

impl AsHashedKey<Word, 32> for Unhashed {
    fn as_hashed_key(key: &Word) -> Cow<'_, HashedKey<32>> {
        Cow::Borrowed(&key.0)
    }
}

/// The slots as of the last flush.
pub(super) struct Slots<'r>(Option<Kamt<Store<'r>, Word, Word, Unhashed>>);

impl<'r> Slots<'r> {
    /// Opens the tree at `root`. An empty one needs no block.
    pub(super) fn open(store: Store<'r>, root: &Cid) -> Result<Self, ActorError> {
        if *root == *EMPTY_SLOTS {
            return Ok(Self(None));
        }
        let kamt = Kamt::load_with_config(root, store, SHAPE)
            .or_illegal_state("load a contract's storage")?;
        Ok(Self(Some(kamt)))
    }

    /// The value of a slot; zero if there is none.
    pub(super) fn get(&self, key: &[u8; 32]) -> Result<[u8; 32], ActorError> {
        let Some(kamt) = &self.0 else {
            return Ok([0; 32]);
        };
        let value = kamt.get(&Word(*key)).or_illegal_state("read a slot")?;
        Ok(value.map_or([0; 32], |word| word.0))
    }
}

/// A slot that was written since the last flush.
pub type SlotWrite = ([u8; 32], [u8; 32]);

/// Folds the slots written since the last flush into a contract's state, and returns its new
/// head. Both lists are in ascending order of their keys.
pub fn fold_slots(
    store: &dyn Blockstore,
    head: &Cid,
    persistent: &[SlotWrite],
    transient: &[SlotWrite],
) -> Result<Cid, ActorError> {
    let store = Store(store);
    let mut state: State = store
        .get_cbor(head)
        .or_illegal_state("decode a contract's state")?
        .or_illegal_state("load a contract's state")?;
    let old = state.contract_state;
    state.contract_state = fold(store, &old, persistent)?;
    cache::fold(&old, &state.contract_state, persistent);
    if let Some(data) = state.transient_data.take() {
        let slots = fold(store, &data.slots, transient)?;
        // A map that ended empty is written as if there had been none (FIP-0097).
        state.transient_data = (slots != *EMPTY_SLOTS).then_some(TransientData { slots, ..data });
    }
    store
        .put_cbor(&state, Code::Blake2b256)
        .or_illegal_state("write a contract's state")
}

/// Folds slots into one tree and returns its new root.
pub(super) fn fold(store: Store<'_>, root: &Cid, writes: &[SlotWrite]) -> Result<Cid, ActorError> {
    if writes.is_empty() {
        return Ok(*root);
    }
    let mut kamt: Kamt<_, Word, Word, Unhashed> = if *root == *EMPTY_SLOTS {
        Kamt::new_with_config(store, SHAPE)
    } else {
        Kamt::load_with_config(root, store, SHAPE).or_illegal_state("load a contract's storage")?
    };
    for (key, value) in writes {
        if *value == [0; 32] {
            kamt.delete(&Word(*key)).or_illegal_state("delete a slot")?;
        } else {
            kamt.set(Word(*key), Word(*value))
                .or_illegal_state("write a slot")?;
        }
    }
    kamt.flush().or_illegal_state("write a contract's storage")
}

/// Reads a slot of the tree at `root`, and with it every block that shows what the slot holds.
/// `None` if it is not there, which is to say zero.
pub fn read_slot(
    store: &dyn Blockstore,
    root: &Cid,
    key: &[u8; 32],
) -> Result<Option<[u8; 32]>, ActorError> {
    let kamt: Kamt<_, Word, Word, Unhashed> = Kamt::load_with_config(root, Store(store), SHAPE)
        .or_illegal_state("load a contract's storage")?;
    let value = kamt.get(&Word(*key)).or_illegal_state("read a slot")?;
    Ok(value.map(|word| word.0))
}

/// Calls a function with every slot of the tree at `root` and its value.
pub fn for_each_slot(
    store: &dyn Blockstore,
    root: &Cid,
    mut f: impl FnMut(&[u8; 32], &[u8; 32]),
) -> Result<(), ActorError> {
    let kamt: Kamt<_, Word, Word, Unhashed> = Kamt::load_with_config(root, Store(store), SHAPE)
        .or_illegal_state("load a contract's storage")?;
    kamt.for_each(|key, value| {
        f(&key.0, &value.0);
        Ok(())
    })
    .or_illegal_state("read a contract's storage")
}

/// Writes the root of a storage without slots, and returns its CID.
pub fn write_empty(store: &dyn Blockstore) -> Result<Cid, ActorError> {
    Kamt::<_, Word, Word, Unhashed>::new_with_config(Store(store), SHAPE)
        .flush()
        .or_illegal_state("write an empty storage")
}
