//! What a thread remembers of contracts between messages: decoded states, and trees of slots.
//!
//! Both are kept under CIDs, so they can be missing but never wrong, and what is charged never
//! depends on them: they are observable by time alone.

use std::cell::RefCell;

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

use crate::error::ActorError;
use crate::hash_map::HashMap;

use super::slot_tree::Tree;
use super::state::State;
use super::storage::{EMPTY_SLOTS, SlotWrite};

/// How much a thread keeps, in states and in children of nodes: about 40 MB.
const STATES_MAX: usize = 16 * 1024;
const CHILDREN_MAX: usize = 256 * 1024;

thread_local! {
    static STATES: RefCell<HashMap<Cid, State>> = RefCell::default();
    static TREES: RefCell<Trees> = RefCell::default();
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

/// A slot of the tree at a root.
pub(super) fn slot(
    store: &dyn Blockstore,
    root: &Cid,
    key: &[u8; 32],
) -> Result<[u8; 32], ActorError> {
    TREES.with_borrow_mut(|trees| trees.slot(store, root, key))
}

/// Folds slots into the tree at a root, in ascending order of their keys. Returns the new root.
pub(super) fn fold(
    store: &dyn Blockstore,
    root: &Cid,
    writes: &[SlotWrite],
) -> Result<Cid, ActorError> {
    TREES.with_borrow_mut(|trees| trees.fold(store, root, writes))
}

/// Trees by their roots.
#[derive(Default)]
struct Trees {
    known: HashMap<Cid, Tree>,
    /// What they hold in memory together.
    held: usize,
}

impl Trees {
    fn slot(
        &mut self,
        store: &dyn Blockstore,
        root: &Cid,
        key: &[u8; 32],
    ) -> Result<[u8; 32], ActorError> {
        if !self.known.contains_key(root) {
            let tree = Tree::load(store, root)?;
            self.keep(*root, tree);
        }
        let tree = self.known.get_mut(root).expect("it was just put there");
        let before = tree.held();
        let value = tree.get(store, key);
        self.held += tree.held() - before;
        if self.held > CHILDREN_MAX {
            self.clear();
        }
        value
    }

    /// The old root's tree becomes the new one's: hardly anybody asks for the old one again.
    fn fold(
        &mut self,
        store: &dyn Blockstore,
        root: &Cid,
        writes: &[SlotWrite],
    ) -> Result<Cid, ActorError> {
        let mut tree = match self.known.remove(root) {
            Some(tree) => {
                self.held -= tree.held();
                tree
            }
            None if *root == *EMPTY_SLOTS => Tree::default(),
            None => Tree::load(store, root)?,
        };
        let new = tree.fold(store, writes)?;
        self.keep(new, tree);
        Ok(new)
    }

    fn keep(&mut self, root: Cid, tree: Tree) {
        if tree.held() > CHILDREN_MAX {
            return;
        }
        if self.held + tree.held() > CHILDREN_MAX {
            self.clear();
        }
        self.held += tree.held();
        if let Some(other) = self.known.insert(root, tree) {
            self.held -= other.held();
        }
    }

    fn clear(&mut self) {
        self.known.clear();
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use fvm_ipld_blockstore::MemoryBlockstore;

    use super::*;

    fn write(number: u32) -> SlotWrite {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        (key, [1; 32])
    }

    #[test]
    fn a_tree_goes_over_to_its_new_root() {
        let store = MemoryBlockstore::default();
        let mut trees = Trees::default();
        let old = trees.fold(&store, &EMPTY_SLOTS, &[write(1), write(2)]);
        let old = old.expect("folds");
        let new = trees.fold(&store, &old, &[write(3)]).expect("folds");
        assert_eq!(trees.known.keys().collect::<Vec<_>>(), [&new]);
        for (root, third) in [(new, [1; 32]), (old, [0; 32])] {
            let mut value = |number| trees.slot(&store, &root, &write(number).0).expect("reads");
            assert_eq!([value(1), value(3)], [[1; 32], third]);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let store = MemoryBlockstore::default();
        let mut trees = Trees::default();
        let mut root = *EMPTY_SLOTS;
        for start in 0..40 {
            let writes: Vec<_> = (start * 10_000..(start + 1) * 10_000).map(write).collect();
            root = trees.fold(&store, &root, &writes).expect("folds");
            let held: usize = trees.known.values().map(Tree::held).sum();
            assert_eq!(held, trees.held);
            assert!(held <= CHILDREN_MAX);
        }
        assert_eq!(
            trees.slot(&store, &root, &write(399_999).0).expect("reads"),
            [1; 32]
        );
    }
}
