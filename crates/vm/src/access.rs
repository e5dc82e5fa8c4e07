//! What a message has already touched, and therefore paid for.
//!
//! The first read and the first update of an actor, and the first lookup of an address, are
//! charged once a message (FIP-0057). A call that fails forgets what it touched: the next one
//! pays again.

use fvm_shared::ActorID;
use fvm_shared::address::{Address, Protocol};

use crate::hash_map::HashMap;

/// How far the charges for an actor have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing is paid yet.
    Untouched,
    /// The lookup is paid.
    Read,
    /// The lookup and the update are paid.
    Updated,
}

/// What a message has touched so far.
#[derive(Debug, Default)]
pub struct AccessList {
    actors: HashMap<ActorID, Access>,
    addresses: HashMap<Address, ()>,
    /// What to undo, oldest first.
    journal: Vec<Touched>,
}

#[derive(Debug)]
enum Touched {
    Actor(ActorID, Access),
    Address(Address),
}

/// A point to which an [`AccessList`] can return.
#[derive(Clone, Copy, Debug)]
pub struct AccessCheckpoint(usize);

impl AccessList {
    /// Forgets everything: a new message begins.
    pub fn reset(&mut self) {
        // A map keeps its buckets when cleared, and clearing costs their number: one message
        // that touched very much should not slow down all those after it.
        const KEEP: usize = 256;
        if self.actors.capacity() > KEEP || self.addresses.capacity() > KEEP {
            *self = Self::default();
        } else {
            self.actors.clear();
            self.addresses.clear();
            self.journal.clear();
        }
    }

    /// How far the charges for an actor have gone.
    #[must_use]
    pub fn actor(&self, id: ActorID) -> Access {
        self.actors.get(&id).copied().unwrap_or(Access::Untouched)
    }

    /// Remembers that an actor is paid for, at least this far.
    pub fn touch_actor(&mut self, id: ActorID, access: Access) {
        let known = self.actor(id);
        if access > known {
            self.actors.insert(id, access);
            self.journal.push(Touched::Actor(id, known));
        }
    }

    /// Is the lookup of this address paid? Id addresses need none.
    #[must_use]
    pub fn address(&self, address: &Address) -> bool {
        address.protocol() == Protocol::ID || self.addresses.contains_key(address)
    }

    /// Remembers that the lookup of this address is paid.
    pub fn touch_address(&mut self, address: &Address) {
        if !self.address(address) {
            self.addresses.insert(*address, ());
            self.journal.push(Touched::Address(*address));
        }
    }

    /// A point to return to.
    #[must_use]
    pub fn checkpoint(&self) -> AccessCheckpoint {
        AccessCheckpoint(self.journal.len())
    }

    /// Forgets everything touched since the checkpoint.
    pub fn revert(&mut self, to: AccessCheckpoint) {
        while self.journal.len() > to.0 {
            match self.journal.pop() {
                Some(Touched::Actor(id, Access::Untouched)) => {
                    self.actors.remove(&id);
                }
                Some(Touched::Actor(id, access)) => {
                    self.actors.insert(id, access);
                }
                Some(Touched::Address(address)) => {
                    self.addresses.remove(&address);
                }
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_forgets_what_it_touched_and_only_that() {
        let key = Address::new_actor(b"somebody");
        let mut list = AccessList::default();
        list.touch_actor(101, Access::Read);
        let before = list.checkpoint();
        list.touch_actor(101, Access::Updated);
        list.touch_actor(102, Access::Read);
        list.touch_address(&key);
        assert!(list.address(&key));
        list.revert(before);
        assert_eq!(list.actor(101), Access::Read);
        assert_eq!(list.actor(102), Access::Untouched);
        assert!(!list.address(&key));
    }

    #[test]
    fn a_read_after_an_update_does_not_ask_for_the_update_again() {
        let mut list = AccessList::default();
        list.touch_actor(101, Access::Updated);
        list.touch_actor(101, Access::Read);
        assert_eq!(list.actor(101), Access::Updated);
    }

    #[test]
    fn id_addresses_are_free() {
        assert!(AccessList::default().address(&Address::new_id(7)));
    }
}
