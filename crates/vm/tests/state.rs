//! The journal against a plain map, and the tree against the recorded genesis.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_testkit::genesis::genesis;
use atoll_vm::state::{Checkpoint, Slot, Word};
use atoll_vm::{Actor, Atto, Fatal, MemoryStore, SlotMap, StateTree, Store};
use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::CborStore;
use fvm_ipld_hamt::{BytesKey, Hamt};
use fvm_shared::address::Address;
use fvm_shared::state::{ActorState, StateInfo0, StateRoot, StateTreeVersion};
use fvm_shared::{ActorID, EMPTY_ARR_CID, HAMT_BIT_WIDTH};
use multihash_codetable::{Code, MultihashDigest};
use proptest::prelude::*;

/// Folds nothing.
fn no_slots(_: &Cid, _: &Cid, _: &[Slot]) -> Result<Cid, Fatal> {
    Err(Fatal::new("nobody wrote a slot"))
}

fn memory() -> (Arc<MemoryStore>, Store) {
    let base = Arc::new(MemoryStore::new());
    (Arc::clone(&base), Store::new(base))
}

fn cid(seed: u8) -> Cid {
    Cid::new_v1(
        fvm_ipld_encoding::DAG_CBOR,
        Code::Blake2b256.digest(&[seed]),
    )
}

/// What a tree should hold, in the plainest form.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    actors: BTreeMap<ActorID, Actor>,
    slots: BTreeMap<(ActorID, SlotMap, Word), Word>,
}

#[derive(Clone, Debug)]
enum Step {
    Create(ActorID, u8),
    Delete(ActorID),
    Credit(ActorID, u64),
    Debit(ActorID, u64),
    Sequence(ActorID, u64),
    Code(ActorID, u8),
    Root(ActorID, u8),
    SetSlot(ActorID, SlotMap, u8, u8),
    ClearSlots(ActorID, SlotMap),
    Begin,
    Revert,
    Keep,
    Flush,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..6_u64;
    let map = prop_oneof![Just(SlotMap::Persistent), Just(SlotMap::Transient)];
    prop_oneof![
        (id.clone(), any::<u8>()).prop_map(|(id, seed)| Step::Create(id, seed)),
        id.clone().prop_map(Step::Delete),
        (id.clone(), any::<u64>()).prop_map(|(id, amount)| Step::Credit(id, amount)),
        (id.clone(), any::<u64>()).prop_map(|(id, amount)| Step::Debit(id, amount)),
        (id.clone(), any::<u64>()).prop_map(|(id, sequence)| Step::Sequence(id, sequence)),
        (id.clone(), any::<u8>()).prop_map(|(id, seed)| Step::Code(id, seed)),
        (id.clone(), any::<u8>()).prop_map(|(id, seed)| Step::Root(id, seed)),
        (id.clone(), map.clone(), 0..4_u8, any::<u8>())
            .prop_map(|(id, map, key, value)| Step::SetSlot(id, map, key, value)),
        (id, map).prop_map(|(id, map)| Step::ClearSlots(id, map)),
        Just(Step::Begin),
        Just(Step::Revert),
        Just(Step::Keep),
        Just(Step::Flush),
    ]
}

/// Does a step to the model. `false` if the tree must refuse it.
fn model_step(model: &mut Model, step: &Step) -> bool {
    match *step {
        Step::Create(id, seed) => {
            model.actors.insert(id, Actor::new(cid(seed), None));
        }
        Step::Delete(id) => {
            model.actors.remove(&id);
        }
        Step::SetSlot(id, map, key, value) => {
            model.slots.insert((id, map, [key; 32]), [value; 32]);
        }
        Step::ClearSlots(id, map) => model.slots.retain(|(i, m, _), _| (*i, *m) != (id, map)),
        Step::Credit(id, _)
        | Step::Debit(id, _)
        | Step::Sequence(id, _)
        | Step::Code(id, _)
        | Step::Root(id, _) => {
            let Some(actor) = model.actors.get_mut(&id) else {
                return false;
            };
            match *step {
                Step::Credit(_, amount) => actor.balance.0 += u128::from(amount),
                Step::Debit(_, amount) => {
                    let Some(rest) = actor.balance.0.checked_sub(u128::from(amount)) else {
                        return false;
                    };
                    actor.balance.0 = rest;
                }
                Step::Sequence(_, sequence) => actor.sequence = sequence,
                Step::Code(_, seed) => actor.code = cid(seed),
                Step::Root(_, seed) => actor.root = cid(seed),
                _ => {}
            }
        }
        Step::Begin | Step::Revert | Step::Keep | Step::Flush => {}
    }
    true
}

fn tree_step(tree: &mut StateTree, step: &Step) -> Result<(), Fatal> {
    match *step {
        Step::Create(id, seed) => tree.set_actor(id, Actor::new(cid(seed), None)),
        Step::Delete(id) => tree.delete(id),
        Step::Credit(id, amount) => tree.credit(id, Atto(amount.into())),
        Step::Debit(id, amount) => tree.debit(id, Atto(amount.into())),
        Step::Sequence(id, sequence) => tree.set_sequence(id, sequence),
        Step::Code(id, seed) => tree.set_code(id, cid(seed)),
        Step::Root(id, seed) => tree.set_root(id, cid(seed)),
        Step::SetSlot(id, map, key, value) => {
            tree.set_slot(id, map, [key; 32], [value; 32]);
            Ok(())
        }
        Step::ClearSlots(id, map) => {
            tree.clear_slots(id, map);
            Ok(())
        }
        Step::Begin | Step::Revert | Step::Keep | Step::Flush => Ok(()),
    }
}

fn seen(tree: &mut StateTree) -> Model {
    let mut model = Model::default();
    for id in 0..6 {
        if let Some(actor) = tree.actor(id).expect("the store is in memory") {
            model.actors.insert(id, actor.clone());
        }
        for map in [SlotMap::Persistent, SlotMap::Transient] {
            for key in 0..4 {
                if let Some(value) = tree.slot(id, map, &[key; 32]) {
                    model.slots.insert((id, map, [key; 32]), value);
                }
            }
        }
    }
    model
}

/// The root of a model, through the network's own types and one insertion an actor.
fn model_root(model: &Model) -> Cid {
    let store = MemoryBlockstore::new();
    let mut hamt: Hamt<_, ActorState> = Hamt::new_with_bit_width(&store, HAMT_BIT_WIDTH);
    for (id, actor) in &model.actors {
        let state = ActorState {
            code: actor.code,
            state: actor.root,
            sequence: actor.sequence,
            balance: actor.balance.to_token(),
            delegated_address: actor.delegated_address,
        };
        hamt.set(BytesKey(Address::new_id(*id).to_bytes()), state)
            .expect("it is in memory");
    }
    let actors = hamt.flush().expect("it is in memory");
    let info = store
        .put_cbor(&StateInfo0::default(), Code::Blake2b256)
        .expect("it is in memory");
    let root = StateRoot {
        version: StateTreeVersion::V5,
        actors,
        info,
    };
    store
        .put_cbor(&root, Code::Blake2b256)
        .expect("it is in memory")
}

proptest! {
    #[test]
    fn the_journal_does_what_a_plain_map_does(steps in proptest::collection::vec(step(), 0..120)) {
        let (base, store) = memory();
        let mut tree = StateTree::new(store).expect("it is in memory");
        let mut model = Model::default();
        let mut open: Vec<(Checkpoint, Model)> = Vec::new();
        for step in steps {
            match step {
                Step::Begin => open.push((tree.checkpoint(), model.clone())),
                Step::Keep => {
                    open.pop();
                }
                Step::Revert => {
                    if let Some((checkpoint, before)) = open.pop() {
                        tree.revert(checkpoint);
                        model = before;
                    }
                }
                Step::Flush if open.is_empty() => {
                    // Slots would have to be folded; here they are dropped on both sides.
                    let root = tree.flush(&|_, root, _| Ok(*root)).expect("it is in memory");
                    model.slots.clear();
                    prop_assert_eq!(root, model_root(&model));
                    let store = Store::new(Arc::clone(&base) as _);
                    let mut reloaded = StateTree::load(store, &root).expect("it was flushed");
                    prop_assert_eq!(&seen(&mut reloaded).actors, &model.actors);
                }
                Step::Flush => {}
                step => {
                    let refused = tree_step(&mut tree, &step).is_err();
                    prop_assert_eq!(refused, !model_step(&mut model, &step), "{:?}", step);
                }
            }
            prop_assert_eq!(&seen(&mut tree), &model);
        }
    }
}

#[test]
fn slots_are_folded_in_order_and_once() {
    let (_, store) = memory();
    let mut tree = StateTree::new(store).expect("it is in memory");
    for id in [7, 5] {
        tree.set_actor(id, Actor::new(cid(1), None))
            .expect("it is in memory");
        tree.set_slot(id, SlotMap::Transient, [1; 32], [9; 32]);
        tree.set_slot(id, SlotMap::Persistent, [2; 32], [8; 32]);
        tree.set_slot(id, SlotMap::Persistent, [1; 32], [7; 32]);
    }
    // Nobody is left to have this one.
    tree.set_slot(6, SlotMap::Persistent, [1; 32], [7; 32]);

    let calls = std::cell::RefCell::new(Vec::new());
    tree.flush(&|_, _, slots| {
        calls
            .borrow_mut()
            .push(slots.iter().map(|s| (s.map, s.key[0])).collect::<Vec<_>>());
        Ok(cid(3))
    })
    .expect("it is in memory");
    use SlotMap::{Persistent, Transient};
    let each = vec![(Persistent, 1), (Persistent, 2), (Transient, 1)];
    assert_eq!(calls.into_inner(), [each.clone(), each]);
    assert_eq!(
        tree.actor(5)
            .expect("it is in memory")
            .expect("it exists")
            .root,
        cid(3)
    );
    assert_eq!(tree.slot(5, Persistent, &[1; 32]), None);
    tree.flush(&no_slots).expect("all slots are folded already");
}

#[test]
fn the_recorded_genesis_survives_a_round_trip() {
    let (base, root) = genesis();
    let mut tree = StateTree::load(Store::new(Arc::clone(&base) as _), &root).expect("it is whole");
    assert_eq!(tree.flush(&no_slots).expect("nothing changed"), root);

    // Every actor written anew gives the same root: our entries are the network's.
    let mut actors = Vec::new();
    tree.for_each_flushed(|id, actor| {
        actors.push((id, actor.clone()));
        Ok(())
    })
    .expect("it is whole");
    assert!(actors.len() > 20, "{} actors", actors.len());
    let (_, store) = memory();
    let mut copy = StateTree::new(store).expect("it is in memory");
    for (id, actor) in &actors {
        copy.set_actor(*id, actor.clone()).expect("it is in memory");
    }
    assert_eq!(copy.flush(&no_slots).expect("it is in memory"), root);
}

#[test]
fn an_assigned_address_is_forgotten_with_what_assigned_it() {
    let (base, root) = genesis();
    let mut tree = StateTree::load(Store::new(base as _), &root).expect("it is whole");
    let address = Address::new_actor(b"somebody new");
    assert_eq!(tree.resolve(&address).expect("it is whole"), None);
    let before = tree.checkpoint();
    let id = tree.assign_id(&address).expect("it is whole");
    assert_eq!(tree.resolve(&address).expect("it is whole"), Some(id));
    assert_eq!(
        tree.assign_id(&Address::new_actor(b"another"))
            .expect("it is whole"),
        id + 1
    );
    tree.revert(before);
    assert_eq!(tree.resolve(&address).expect("it is whole"), None);
    assert_eq!(
        tree.assign_id(&address).expect("it is whole"),
        id,
        "the id is free again"
    );
    let flushed = tree.flush(&no_slots).expect("it is whole");
    let mut reloaded = StateTree::load(tree.store().clone(), &flushed).expect("it was flushed");
    assert_eq!(reloaded.resolve(&address).expect("it is whole"), Some(id));
}

#[test]
fn a_missing_or_foreign_root_is_an_error() {
    let (_, store) = memory();
    assert!(StateTree::load(store.clone(), &cid(1)).is_err());
    let old = StateRoot {
        version: StateTreeVersion::V3,
        actors: EMPTY_ARR_CID,
        info: cid(1),
    };
    let root = store
        .put_cbor(&old, Code::Blake2b256)
        .expect("it is in memory");
    let error = StateTree::load(store, &root).expect_err("its version is too old");
    assert!(error.to_string().contains("V3"), "{error}");
}

#[test]
fn a_flush_writes_what_the_heads_reach_and_no_more() {
    let (base, store) = memory();
    let mut tree = StateTree::new(store.clone()).expect("it is in memory");
    let put = |value: &dyn Fn() -> Vec<Cid>| {
        store
            .put_cbor(&value(), Code::Blake2b256)
            .expect("it is in memory")
    };
    let leaf = put(&Vec::new);
    let sealed = Cid::new_v1(
        0xf102,
        Code::Sha2_256.digest(b"a commitment names no block"),
    );
    let shared = put(&|| vec![leaf, sealed]);
    let head = put(&|| vec![shared, leaf, shared]);
    let lost = put(&|| vec![head]);
    let mut actor = Actor::new(cid(1), None);
    actor.root = head;
    tree.set_actor(5, actor).expect("it is in memory");
    tree.set_root(5, lost).expect("it exists");
    let before = tree.checkpoint();
    tree.set_root(5, head).expect("it exists");
    let root = tree.flush(&no_slots).expect("it is in memory");

    for (cid, expected) in [
        (leaf, true),
        (shared, true),
        (head, true),
        (root, true),
        (lost, false),
    ] {
        assert_eq!(base.has(&cid).expect("it is in memory"), expected, "{cid}");
    }
    assert_eq!(store.unflushed(), 0);
    tree.revert(before);
    assert_eq!(
        tree.actor(5)
            .expect("it is in memory")
            .expect("it exists")
            .root,
        head,
        "final"
    );
}
