use std::collections::BTreeMap;

use fvm_ipld_amt::Amt as Library;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::DAG_CBOR;
use multihash_codetable::{Code, MultihashDigest};
use proptest::prelude::*;

use super::*;

/// What is done to an index.
#[derive(Clone, Debug)]
enum Step {
    Set(u32),
    Delete,
    /// Add to every value up to this one that is even.
    Change(u32),
    Flush,
    Reload,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let index = prop_oneof![
        8 => 0..300_u64,
        2 => 0..100_000_u64,
        1 => (0..64_u32).prop_map(|bits| 1 << bits),
        1 => Just(INDEX_MAX),
    ];
    let step = prop_oneof![
        6 => any::<u32>().prop_map(Step::Set),
        6 => Just(Step::Delete),
        1 => any::<u32>().prop_map(Step::Change),
        1 => Just(Step::Flush),
        1 => Just(Step::Reload),
    ];
    proptest::collection::vec((index, step), 0..400)
}

proptest! {
    /// The library is the oracle: for what is answered, and for the roots.
    #[test]
    fn roots_are_the_librarys(steps in steps(), bit_width in 1..=BIT_WIDTH_MAX) {
        let blocks = MemoryBlockstore::new();
        let store = &blocks;
        let their_blocks = MemoryBlockstore::new();
        let mut ours = Amt::new(store, bit_width);
        let mut theirs: Library<u32, _> = Library::new_with_bit_width(&their_blocks, bit_width);
        for (index, step) in steps {
            match step {
                Step::Set(value) => {
                    theirs.set(index, value).unwrap();
                    ours.set(index, value).unwrap();
                }
                Step::Delete => {
                    let old = theirs.delete(index).unwrap();
                    prop_assert_eq!(ours.delete(index).unwrap(), old);
                }
                Step::Change(most) => {
                    theirs.for_each_while_mut(|_, value| {
                        if **value % 2 == 0 {
                            **value = value.wrapping_add(1);
                        }
                        Ok(**value <= most)
                    }).unwrap();
                    ours.for_each_while_mut(&mut |_, value| {
                        if **value % 2 == 0 {
                            **value = value.wrapping_add(1);
                        }
                        Ok::<_, Error>(**value <= most)
                    }).unwrap();
                }
                Step::Flush => prop_assert_eq!(ours.flush().unwrap(), theirs.flush().unwrap()),
                Step::Reload => {
                    let root = ours.flush().unwrap();
                    prop_assert_eq!(root, theirs.flush().unwrap());
                    ours = Amt::load(store, &root).unwrap();
                }
            }
            prop_assert_eq!(ours.get(index).unwrap(), theirs.get(index).unwrap());
            prop_assert_eq!(ours.count(), theirs.count());
        }
        prop_assert_eq!(ours.flush().unwrap(), theirs.flush().unwrap());
        let (mut our_pairs, mut their_pairs) = (Vec::new(), Vec::new());
        ours.for_each_while(&mut |index, value| {
            our_pairs.push((index, *value));
            Ok::<_, Error>(true)
        }).unwrap();
        theirs.for_each(|index, value| {
            their_pairs.push((index, *value));
            Ok(())
        }).unwrap();
        prop_assert_eq!(&our_pairs, &their_pairs);
        let distinct: BTreeMap<_, _> = our_pairs.iter().copied().collect();
        prop_assert_eq!(distinct.len() as u64, ours.count());
    }

    /// What is no array is an error, not a panic, and does not take memory.
    #[test]
    fn garbage_is_an_error(data in garbage()) {
        let blocks = MemoryBlockstore::new();
        let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&data));
        blocks.put_keyed(&cid, &data).unwrap();
        if let Ok(mut array) = Amt::<_, u32>::load(&blocks, &cid) {
            let _ = array.get(1);
            let _ = array.for_each_while(&mut |_, _| Ok::<_, Error>(true));
            let _ = array.set(1, 1);
            let _ = array.delete(2);
            let _ = array.flush();
        }
    }
}

/// Bytes, or a small array with one byte changed.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let broken =
        (any::<prop::sample::Index>(), any::<u8>(), 0..40_u64).prop_map(|(at, byte, count)| {
            let blocks = MemoryBlockstore::new();
            let mut array = Amt::new(&blocks, 3);
            for index in 0..count {
                array.set(index, 7_u32).unwrap();
            }
            let root = array.flush().unwrap();
            let mut data = blocks.get(&root).unwrap().unwrap();
            let at = at.index(data.len());
            data[at] = byte;
            data
        });
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..64), broken]
}

#[test]
fn corrupt_roots() {
    for (data, words) in [
        (&[0x83, 3, 0, 0][..], "a root has not four parts"),
        (&[0x84, 3, 0, 0x40], "a root has a part that is no number"),
        (
            &[0x84, 7, 0, 0],
            "a root has too many bits a level, or none",
        ),
        (
            &[0x84, 0, 0, 0],
            "a root has too many bits a level, or none",
        ),
        (
            &[0x84, 4, 16, 0],
            "a tree is higher than its indices are long",
        ),
        (&[0x84, 3, 0, 0, 0x82], "a node has not three parts"),
        (
            &[0x84, 3, 0, 0, 0x83, 0x42, 1, 0, 0x80, 0x80],
            "a bitmap is too long or too short",
        ),
        (
            &[0x84, 2, 0, 0, 0x83, 0x41, 0x10, 0x80, 0x80],
            "a node has more children than its bits can choose",
        ),
        (
            &[0x84, 3, 0, 1, 0x83, 0x41, 1, 0x80, 0x80],
            "the bitmap does not fit the children",
        ),
        (
            &[0x84, 3, 1, 1, 0x83, 0x41, 1, 0x81, 0, 0x80],
            "a child above the leaves is no link",
        ),
        (
            &[0x84, 3, 0, 1, 0x83, 0x41, 1, 0x80, 0x81, 0, 0],
            "there are bytes after a node",
        ),
        (
            &[0x84, 3, 0, 1, 0x83, 0x41, 1, 0x80, 0x81, 0x41],
            "a node ends too early",
        ),
    ] {
        let blocks = MemoryBlockstore::new();
        let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(data));
        blocks.put_keyed(&cid, data).unwrap();
        let refused = Amt::<_, u32>::load(&blocks, &cid).unwrap_err();
        assert_eq!(refused.to_string(), format!("the node {cid}: {words}"));
    }
}

#[test]
fn the_last_index_has_no_place() {
    let blocks = MemoryBlockstore::new();
    let mut array = Amt::new(&blocks, 3);
    let refused = array.set(u64::MAX, 1_u32).unwrap_err();
    assert_eq!(refused.to_string(), "an index has no place in an array");
    assert!(array.get(u64::MAX).is_err());
    assert!(array.delete(u64::MAX).is_err());
}
