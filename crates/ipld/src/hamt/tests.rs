use std::collections::BTreeMap;

use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::DAG_CBOR;
use fvm_ipld_hamt::{BytesKey, Config, Hamt as Library, Sha256};
use proptest::prelude::*;

use super::*;
use crate::value::Encoded;

fn config(bit_width: u32) -> Config {
    Config {
        bit_width,
        min_data_depth: 0,
        max_array_width: BUCKET_MAX,
    }
}

/// What is done to a key.
#[derive(Clone, Debug)]
enum Step {
    Set(u32),
    SetIfAbsent(u32),
    Delete,
    Flush,
    Reload,
}

fn steps() -> impl Strategy<Value = Vec<(u16, Step)>> {
    let step = prop_oneof![
        6 => any::<u32>().prop_map(Step::Set),
        2 => any::<u32>().prop_map(Step::SetIfAbsent),
        6 => Just(Step::Delete),
        1 => Just(Step::Flush),
        1 => Just(Step::Reload),
    ];
    proptest::collection::vec((0..200_u16, step), 0..500)
}

proptest! {
    /// The library is the oracle: for what is answered, and for the roots.
    #[test]
    fn roots_are_the_librarys(steps in steps(), bit_width in 1..=BIT_WIDTH_MAX) {
        let blocks = MemoryBlockstore::new();
        let store = &blocks;
        let their_blocks = MemoryBlockstore::new();
        let mut ours = Hamt::new(store, bit_width);
        let mut theirs: Library<_, u32, BytesKey, Sha256> =
            Library::new_with_config(&their_blocks, config(bit_width));
        for (key, step) in steps {
            let key = key.to_be_bytes().to_vec();
            let their_key = BytesKey(key.clone());
            match step {
                Step::Set(value) => {
                    let old = theirs.set(their_key, value).unwrap();
                    prop_assert_eq!(ours.set(&key, value).unwrap(), old);
                }
                Step::SetIfAbsent(value) => {
                    let was_set = theirs.set_if_absent(their_key, value).unwrap();
                    prop_assert_eq!(ours.set_if_absent(&key, value).unwrap(), was_set);
                }
                Step::Delete => {
                    let old = theirs.delete(&their_key).unwrap().map(|(_, old)| old);
                    prop_assert_eq!(ours.delete(&key).unwrap(), old);
                }
                Step::Flush => prop_assert_eq!(ours.flush().unwrap(), theirs.flush().unwrap()),
                Step::Reload => {
                    let root = ours.flush().unwrap();
                    prop_assert_eq!(root, theirs.flush().unwrap());
                    ours = Hamt::load(store, &root, bit_width).unwrap();
                }
            }
            let value = theirs.get(&BytesKey(key.clone())).unwrap();
            prop_assert_eq!(ours.get(&key).unwrap(), value);
            prop_assert_eq!(ours.is_empty(), theirs.is_empty());
        }
        prop_assert_eq!(ours.flush().unwrap(), theirs.flush().unwrap());
        let (mut our_pairs, mut their_pairs) = (Vec::new(), Vec::new());
        ours.for_each(&mut |key, value| {
            our_pairs.push((key.to_vec(), *value));
            Ok::<_, Error>(())
        }).unwrap();
        theirs.for_each(|key, value| {
            their_pairs.push((key.0.clone(), *value));
            Ok(())
        }).unwrap();
        prop_assert_eq!(&our_pairs, &their_pairs);
        let distinct: BTreeMap<_, _> = our_pairs.iter().cloned().collect();
        prop_assert_eq!(distinct.len(), our_pairs.len());
    }

    /// What is no node is an error, not a panic, and does not take memory.
    #[test]
    fn garbage_is_an_error(data in proptest::collection::vec(any::<u8>(), 0..64)) {
        let blocks = MemoryBlockstore::new();
        let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&data));
        blocks.put_keyed(&cid, &data).unwrap();
        if let Ok(mut hamt) = Hamt::<_, u32>::load(&blocks, &cid, 5) {
            let _ = hamt.get(&data);
            let _ = hamt.set(&[1], 1);
            let _ = hamt.delete(&[2]);
            let _ = hamt.for_each(&mut |_, _| Ok::<_, Error>(()));
        }
    }
}

#[test]
fn corrupt_nodes() {
    for (data, words) in [
        (&[0x83, 0x40, 0x80, 0][..], "a node is no pair"),
        (
            &[0x82, 0x41, 1, 0x80],
            "the bitmap does not fit the children",
        ),
        (
            &[0x82, 0x41, 1, 0x81, 0x80],
            "a child is neither a link nor a bucket",
        ),
        (&[0x82, 0x40, 0x80, 0], "there are bytes after a node"),
        (
            &[0x82, 0x41, 1, 0x81, 0x81, 0x82, 0x41],
            "a node ends too early",
        ),
        (
            &[0x82, 0x49, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0x80],
            "a bitmap is no byte string, or too long",
        ),
    ] {
        let refused = Node::<u32>::decode(data.to_vec()).unwrap_err();
        assert_eq!(refused.to_string(), words);
    }
}

#[test]
fn keys_of_a_bucket_are_in_order() {
    let data = [
        0x82, 0x41, 1, 0x81, 0x82, 0x82, 0x41, 2, 0, 0x82, 0x41, 1, 0,
    ];
    let node = Node::<u32>::decode(data.to_vec()).unwrap();
    let blocks = MemoryBlockstore::new();
    let place = Place {
        store: &blocks,
        bit_width: 5,
    };
    let met = node.children[0].meet(&node.block, |bytes| Met::decode(place, bytes));
    let words = "the keys of a bucket are not in order";
    assert_eq!(met.unwrap_err().to_string(), words);
}

#[test]
fn a_node_has_no_more_children_than_its_bits_can_choose() {
    let blocks = MemoryBlockstore::new();
    let data = [0x82, 0x45, 1, 0, 0, 0, 0, 0x81, 0x81, 0x82, 0x41, 1, 0];
    let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&data));
    blocks.put_keyed(&cid, &data).unwrap();
    let refused = Hamt::<_, u32>::load(&blocks, &cid, 5).unwrap_err();
    let words = "a node has more children than its bits can choose";
    assert_eq!(refused.to_string(), format!("the node {cid}: {words}"));
    assert!(Hamt::<_, u32>::load(&blocks, &cid, 6).is_ok());
}

#[test]
fn a_node_that_nobody_has_is_named() {
    let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(b"nowhere"));
    let refused = Hamt::<_, u32>::load(MemoryBlockstore::new(), &cid, 5).unwrap_err();
    assert_eq!(refused.to_string(), format!("the node {cid} is missing"));
}

#[test]
fn a_hash_is_used_up_bit_by_bit() {
    let mut hash = [0; 32];
    hash[0] = 0b1010_1110;
    hash[1] = 0b0111_0000;
    hash[31] = 1;
    let blocks = MemoryBlockstore::new();
    let place = Place {
        store: &blocks,
        bit_width: 5,
    };
    let index = |depth| place.index(&hash, depth).unwrap();
    assert_eq!([index(0), index(5), index(10)], [0b10101, 0b11001, 0b11000]);
    assert_eq!(index(255), 1);
    assert!(place.index(&hash, 260).is_err());
}

/// So deep that a walk by recursion would end the process.
#[test]
fn a_tree_deeper_than_a_hash_is_corrupt() {
    let blocks = MemoryBlockstore::new();
    // A map of one pair, below a hundred thousand nodes with one child each.
    let mut root = vec![0x82, 0x41, 1, 0x81, 0x81, 0x82, 0x41, 1, 0];
    let put = |block: &[u8]| {
        let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(block));
        blocks.put_keyed(&cid, block).unwrap();
        cid
    };
    for _ in 0..100_000 {
        let below = put(&root);
        root = vec![0x82, 0x41, 1, 0x81];
        link(&mut root, &below);
    }
    let hamt = Hamt::<_, u32>::load(&blocks, &put(&root), 5).unwrap();
    let walked = hamt.for_each(&mut |_, _| Ok::<_, Error>(()));
    assert_eq!(walked.unwrap_err().to_string(), TOO_DEEP);
}

proptest! {
    /// Values that stay encoded make the same tree as their types.
    #[test]
    fn encoded_values_are_the_same_map(
        steps in proptest::collection::vec((0..60_u16, proptest::option::of(any::<u32>())), 0..200),
    ) {
        let blocks = MemoryBlockstore::new();
        let mut typed = Hamt::new(&blocks, 5);
        let mut encoded = Hamt::new(&blocks, 5);
        for (key, value) in steps {
            let key = key.to_be_bytes();
            let Some(value) = value else {
                typed.delete(&key).unwrap();
                encoded.delete(&key).unwrap();
                continue;
            };
            typed.set(&key, value).unwrap();
            let mut item = Vec::new();
            value.encode(&mut item).unwrap();
            encoded.set(&key, Encoded(item.into())).unwrap();
        }
        let root = typed.flush().unwrap();
        prop_assert_eq!(encoded.flush().unwrap(), root);
        let read = Hamt::<_, Encoded>::load(&blocks, &root, 5).unwrap();
        read.for_each(&mut |key, Encoded(item)| {
            assert_eq!(typed.get(key).unwrap(), Some(&u32::decode(item).unwrap()));
            Ok::<_, Error>(())
        }).unwrap();
    }
}
