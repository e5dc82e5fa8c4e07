//! Which id an address stands for.

use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Payload};
use fvm_shared::error::ExitCode;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::adt::Map;
use crate::error::{ActorError, OrExit};
use crate::ids;
use crate::state::Store;

/// The state of the init actor.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// From any address but an f0 to an id.
    pub address_map: Cid,
    /// The id that is given out next.
    pub next_id: ActorID,
    /// The name of the network.
    pub network_name: String,
}

/// An id that stands behind addresses now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The id.
    pub id: ActorID,
    /// Was there one for the f4 address already?
    pub existed: bool,
}

impl State {
    /// Nobody is known, and ids begin at 100.
    ///
    /// # Errors
    /// 20 if the empty map can't be written.
    pub fn new(store: Store<'_>, network_name: String) -> Result<Self, ActorError> {
        let address_map = Map::<Address, ActorID>::empty(store, "addresses").flush()?;
        Ok(Self {
            address_map,
            next_id: ids::FIRST_FREE,
            network_name,
        })
    }

    /// Gives the addresses an id: the one that the f4 address has already, else a new one. An
    /// address keeps its id for ever, even if the actor behind it is deleted.
    ///
    /// # Errors
    /// 18 if `robust` has an id already; 20 if the map can't be read.
    pub fn map_addresses(
        &mut self,
        store: Store<'_>,
        robust: &Address,
        delegated: Option<&Address>,
    ) -> Result<Mapped, ActorError> {
        let mut map = self.addresses(store)?;
        let existing = match delegated {
            Some(delegated) => map.get(delegated)?.copied(),
            None => None,
        };
        let id = match existing {
            Some(id) => id,
            None => self.take_id()?,
        };
        if let (Some(delegated), None) = (delegated, existing) {
            map.set(delegated, id)?;
        }
        if !map.set_if_absent(robust, id)? {
            return Err(ActorError::forbidden(format!("{robust} has an id already")));
        }
        self.address_map = map.flush()?;
        Ok(Mapped {
            id,
            existed: existing.is_some(),
        })
    }

    /// The id that an address stands for. An f0 address stands for its own, whether or not
    /// there is an actor.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn resolve(
        &self,
        store: Store<'_>,
        address: &Address,
    ) -> Result<Option<ActorID>, ActorError> {
        match address.payload() {
            Payload::ID(id) => Ok(Some(*id)),
            _ => Ok(self.addresses(store)?.get(address)?.copied()),
        }
    }

    /// The addresses that stand for an id, as far as init gave it out. Reads the whole map.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn addresses_of(&self, store: Store<'_>, id: ActorID) -> Result<Vec<Address>, ActorError> {
        let mut found = Vec::new();
        self.addresses(store)?.for_each(|address, &of| {
            if of == id {
                found.push(address);
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn take_id(&mut self) -> Result<ActorID, ActorError> {
        let id = self.next_id;
        self.next_id = id
            .checked_add(1)
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "next id")?;
        Ok(id)
    }

    fn addresses<'a>(&self, store: Store<'a>) -> Result<Map<'a, Address, ActorID>, ActorError> {
        Map::load(store, &self.address_map, "addresses")
    }
}

#[cfg(test)]
mod tests {
    use fvm_ipld_blockstore::MemoryBlockstore;

    use super::*;

    fn f2(n: u8) -> Address {
        Address::new_actor(&[n])
    }

    fn f410(n: u8) -> Address {
        Address::new_delegated(ids::EAM, &[n; 20]).unwrap()
    }

    #[test]
    fn addresses_share_an_id_and_keep_it() {
        let blocks = MemoryBlockstore::default();
        let store = Store(&blocks);
        let mut state = State::new(store, "test".to_owned()).unwrap();
        let new = |id| Ok(Mapped { id, existed: false });

        assert_eq!(state.map_addresses(store, &f2(1), None), new(100));
        assert_eq!(state.map_addresses(store, &f2(2), Some(&f410(2))), new(101));
        // Known by its f4 address: the second f2 address is another name for it.
        let again = state.map_addresses(store, &f2(3), Some(&f410(2)));
        assert_eq!(
            again,
            Ok(Mapped {
                id: 101,
                existed: true
            })
        );
        for address in [f2(2), f2(3), f410(2)] {
            assert_eq!(state.resolve(store, &address), Ok(Some(101)));
        }

        let taken = state
            .map_addresses(store, &f2(1), Some(&f410(4)))
            .unwrap_err();
        assert_eq!(taken.code, ExitCode::USR_FORBIDDEN);
        assert_eq!(state.resolve(store, &f410(4)), Ok(None));
        assert_eq!(state.resolve(store, &Address::new_id(7777)), Ok(Some(7777)));
    }
}
