//! What a thread remembers of contracts' states between messages: decoded states, and slots.
//!
//! Both are kept under CIDs, so they can be missing but never wrong, and what is charged never
//! depends on them: they are observable by time alone. When slots are folded into a tree, what is
//! known of the old root goes over to the new one with what changed.

use std::cell::RefCell;
use std::collections::HashMap;

use cid::Cid;

use super::state::State;
use super::storage::SlotWrite;

/// How much a thread keeps: about 40 MB.
const STATES_MAX: usize = 16 * 1024;
const SLOTS_MAX: usize = 256 * 1024;

thread_local! {
    static STATES: RefCell<HashMap<Cid, State>> = RefCell::default();
    static SLOTS: RefCell<Slots> = RefCell::default();
}

/// Slots of trees, by root.
#[derive(Default)]
struct Slots {
    trees: HashMap<Cid, HashMap<[u8; 32], [u8; 32]>>,
    /// How many slots there are in all trees.
    known: usize,
}

/// A state by its head, if it is remembered.
pub(super) fn state(head: &Cid) -> Option<State> {
    STATES.with_borrow(|states| states.get(head).cloned())
}

/// Remembers a state by its head.
pub(super) fn remember_state(head: Cid, state: &State) {
    STATES.with_borrow_mut(|states| {
        if states.len() >= STATES_MAX {
            states.clear();
        }
        states.insert(head, state.clone());
    });
}

/// A slot of the tree at a root, if it is remembered.
pub(super) fn slot(root: &Cid, key: &[u8; 32]) -> Option<[u8; 32]> {
    SLOTS.with_borrow(|slots| slots.trees.get(root)?.get(key).copied())
}

/// Remembers a slot of the tree at a root.
pub(super) fn remember_slot(root: &Cid, key: [u8; 32], value: [u8; 32]) {
    SLOTS.with_borrow_mut(|slots| {
        slots.make_room(1);
        let tree = slots.trees.entry(*root).or_default();
        slots.known += usize::from(tree.insert(key, value).is_none());
    });
}

/// The tree at `old` with these changes is the one at `new`.
pub(super) fn fold(old: &Cid, new: &Cid, changes: &[SlotWrite]) {
    SLOTS.with_borrow_mut(|slots| {
        let mut tree = slots.trees.remove(old).unwrap_or_default();
        slots.known -= tree.len();
        if changes.len() > SLOTS_MAX {
            return;
        }
        tree.extend(changes.iter().copied());
        slots.make_room(tree.len());
        slots.known += tree.len();
        if let Some(other) = slots.trees.insert(*new, tree) {
            slots.known -= other.len();
        }
    });
}

impl Slots {
    fn make_room(&mut self, slots: usize) {
        if self.known + slots > SLOTS_MAX {
            self.trees.clear();
            self.known = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(number: u8) -> Cid {
        use multihash_codetable::{Code, MultihashDigest};
        Cid::new_v1(fvm_ipld_encoding::CBOR, Code::Blake2b256.digest(&[number]))
    }

    #[test]
    fn what_is_known_goes_over_to_the_new_root() {
        let (old, new) = (root(1), root(2));
        remember_slot(&old, [1; 32], [5; 32]);
        remember_slot(&old, [2; 32], [6; 32]);
        fold(&old, &new, &[([2; 32], [7; 32]), ([3; 32], [0; 32])]);
        assert_eq!(slot(&old, &[1; 32]), None);
        assert_eq!(slot(&new, &[1; 32]), Some([5; 32]));
        assert_eq!(slot(&new, &[2; 32]), Some([7; 32]));
        assert_eq!(slot(&new, &[3; 32]), Some([0; 32]));
        assert_eq!(slot(&new, &[4; 32]), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let root = root(3);
        for number in 0..=SLOTS_MAX {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            remember_slot(&root, key, [1; 32]);
        }
        SLOTS.with_borrow(|slots| {
            let held = slots.trees[&root].len();
            assert_eq!(held, slots.known);
            assert!(held <= SLOTS_MAX);
        });
    }
}
