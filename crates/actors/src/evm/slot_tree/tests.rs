//! The library is the oracle.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fvm_ipld_blockstore::{Block, MemoryBlockstore};
use fvm_ipld_kamt::{AsHashedKey, Config, HashedKey, Kamt};
use proptest::prelude::*;

use super::*;

/// The shape of the tree: facts of the network.
const SHAPE: Config = Config {
    bit_width: 5,
    min_data_depth: 0,
    max_array_width: 1,
};

#[derive(Debug)]
struct AsTheyAre;

impl AsHashedKey<Word, 32> for AsTheyAre {
    fn as_hashed_key(key: &Word) -> Cow<'_, HashedKey<32>> {
        Cow::Borrowed(&key.0)
    }
}

/// Keys that meet at every depth: anywhere, in one half of the tree or the other, side by side at
/// its bottom, and different in one bit only.
fn keys() -> impl Strategy<Value = Bytes32> {
    let one_bit = (0..256_u32, 0..4_u8).prop_map(|(bit, low)| {
        let mut key = [0; 32];
        put_bit(&mut key, bit, 1);
        key[31] ^= low;
        key
    });
    let small = (0..200_u8, 0..3_u8, 0..2_u8).prop_map(|(low, middle, high)| {
        let mut key = [0; 32];
        (key[31], key[15], key[0]) = (low, middle, high << 7);
        key
    });
    prop_oneof![small, one_bit, any::<[u8; 32]>()]
}

fn values() -> impl Strategy<Value = Bytes32> {
    let small = (0..4_u8).prop_map(|low| {
        let mut value = [0; 32];
        value[31] = low;
        value
    });
    prop_oneof![3 => small, 1 => any::<[u8; 32]>()]
}

proptest! {
    /// After any sequence of changes, on a tree in memory as on one that is read again.
    #[test]
    fn roots_are_the_librarys(
        folds in proptest::collection::vec(
            (proptest::collection::btree_map(keys(), values(), 0..60), any::<bool>()),
            1..8,
        )
    ) {
        let (store, theirs_store) = (MemoryBlockstore::new(), MemoryBlockstore::new());
        let mut ours = Tree::default();
        let mut theirs: Kamt<_, Word, Word, AsTheyAre> =
            Kamt::new_with_config(&theirs_store, SHAPE);
        let mut model = BTreeMap::new();
        for (writes, read_again) in folds {
            let writes: Vec<SlotWrite> = writes.into_iter().collect();
            for (key, value) in &writes {
                if *value == [0; 32] {
                    theirs.delete(&Word(*key)).expect("deletes");
                } else {
                    theirs.set(Word(*key), Word(*value)).expect("sets");
                }
                model.insert(*key, *value);
            }
            let root = ours.fold(&store, &writes).expect("folds");
            prop_assert_eq!(root, theirs.flush().expect("flushes"));
            let mut slots = Vec::new();
            ours.for_each(&store, &mut |key, value| slots.push((*key, *value)))
                .expect("reads");
            let expected = model.iter().filter(|(_, value)| **value != [0; 32]);
            prop_assert_eq!(slots, expected.map(|(k, v)| (*k, *v)).collect::<Vec<_>>());
            if read_again {
                ours = Tree::load(&store, &root).expect("loads");
            }
            for (key, value) in &model {
                prop_assert_eq!(ours.get(&store, key).expect("reads"), *value);
                let mut other = *key;
                other[30] ^= 0x10;
                let expected = model.get(&other).copied().unwrap_or_default();
                prop_assert_eq!(ours.get(&store, &other).expect("reads"), expected);
            }
        }
    }

    /// What is no node is an error, not a panic.
    #[test]
    fn garbage_is_an_error(data in proptest::collection::vec(any::<u8>(), 0..64)) {
        let store = MemoryBlockstore::new();
        let cid = store
            .put(Code::Blake2b256, &Block::new(DAG_CBOR, &data))
            .expect("puts");
        let _ = Tree::load(&store, &cid).and_then(|mut tree| tree.get(&store, &[0; 32]));
    }
}

#[test]
fn nodes_that_nobody_writes() {
    let link = |skipped: u32, extension: &[u8]| {
        let child = (
            cid_of(&[7; 32]),
            skipped,
            fvm_ipld_encoding::BytesSer(extension),
        );
        let child = BTreeMap::from([("l", child)]);
        fvm_ipld_encoding::to_vec(&(fvm_ipld_encoding::BytesSer(&[1]), [child])).expect("encodes")
    };
    let slots = |bitmap: &[u8], slots: &[(Word, Word)]| {
        let child = BTreeMap::from([("v", slots)]);
        fvm_ipld_encoding::to_vec(&(fvm_ipld_encoding::BytesSer(bitmap), [child])).expect("encodes")
    };
    let one = Word([1; 32]);
    for (block, words) in [
        (link(251, &[0; 32]), "not as long as it says"),
        (link(10, &[0; 3]), "not as long as it says"),
        (link(255, &[0; 32]), "longer than what is left"),
        (slots(&[1], &[(one, one), (one, one)]), "several slots"),
        (slots(&[2], &[(one, one)]), "in the wrong place"),
        (slots(&[3], &[(one, one)]), "does not fit"),
        (slots(&[1, 0, 0, 0, 0], &[(one, one)]), "more than 32 bits"),
    ] {
        let store = MemoryBlockstore::new();
        let cid = store
            .put(Code::Blake2b256, &Block::new(DAG_CBOR, &block))
            .expect("puts");
        let error = Tree::load(&store, &cid).expect_err(words);
        assert!(error.words.contains(words), "{}: {words}", error.words);
    }
}

#[test]
fn a_key_is_used_up_bit_by_bit() {
    let mut key = [0; 32];
    (key[0], key[1], key[31]) = (0b1010_1110, 0b0111_0000, 1);
    assert_eq!(
        [0, 5, 10, 255].map(|at| index(&key, at)),
        [0b10101, 0b11001, 0b11000, 1]
    );
    assert_eq!(
        [0, 4, 5, 254, 255, 256].map(level),
        [0, 0, 5, 250, 255, 255]
    );
    assert_eq!(bits_of(&key, 4, 10), [0b1110_0111, 0]);
}
