//! Which id an address has, as the init actor's state says.

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::CborStore;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_ipld_hamt::{BytesKey, Hamt};
use fvm_shared::address::Address;
use fvm_shared::{ActorID, HAMT_BIT_WIDTH};
use multihash_codetable::Code;

use crate::error::{Fatal, OrFatal};
use crate::store::Store;

/// The state of the init actor.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct InitState {
    /// The root of the map from addresses to ids.
    pub address_map: Cid,
    /// The id of the next actor.
    pub next_id: ActorID,
    /// The name of the network.
    pub network_name: String,
}

/// The init actor's map at one of its roots, with the nodes met so far decoded.
pub(crate) struct AddressMap {
    /// The root of the init actor's state that this was read from.
    root: Cid,
    state: InitState,
    map: Hamt<Store, ActorID>,
}

impl AddressMap {
    /// Reads the map at a root of the init actor's state.
    pub(crate) fn load(store: &Store, root: Cid) -> Result<Self, Fatal> {
        let state: InitState = store
            .get_cbor(&root)
            .or_fatal("reading the init actor's state")?
            .ok_or_else(|| Fatal::new("the init actor's state is missing"))?;
        let map = Hamt::load_with_bit_width(&state.address_map, store.clone(), HAMT_BIT_WIDTH)
            .or_fatal("reading the address map")?;
        Ok(Self { root, state, map })
    }

    /// The root of the init actor's state that this is.
    pub(crate) fn root(&self) -> &Cid {
        &self.root
    }

    /// The id of an address.
    pub(crate) fn get(&self, address: &Address) -> Result<Option<ActorID>, Fatal> {
        let id = self
            .map
            .get(address.to_bytes().as_slice())
            .or_fatal("reading the address map")?;
        Ok(id.copied())
    }

    /// Gives an address the next id, and writes the new state of the init actor.
    pub(crate) fn assign(&mut self, store: &Store, address: &Address) -> Result<ActorID, Fatal> {
        let id = self.state.next_id;
        self.state.next_id = id
            .checked_add(1)
            .ok_or_else(|| Fatal::new("the init actor has run out of ids"))?;
        self.map
            .set(BytesKey(address.to_bytes()), id)
            .or_fatal("writing to the address map")?;
        self.state.address_map = self.map.flush().or_fatal("writing the address map")?;
        self.root = store
            .put_cbor(&self.state, Code::Blake2b256)
            .or_fatal("writing the init actor's state")?;
        Ok(id)
    }
}

impl std::fmt::Debug for AddressMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AddressMap({})", self.root)
    }
}

/// The id of an address on a state that is not being run, for those who only look.
pub fn lookup_address<B: Blockstore>(
    store: &B,
    init_root: &Cid,
    address: &Address,
) -> Result<Option<ActorID>, Fatal> {
    if let Ok(id) = address.id() {
        return Ok(Some(id));
    }
    let state: InitState = store
        .get_cbor(init_root)
        .or_fatal("reading the init actor's state")?
        .ok_or_else(|| Fatal::new("the init actor's state is missing"))?;
    let map: Hamt<&B, ActorID> =
        Hamt::load_with_bit_width(&state.address_map, store, HAMT_BIT_WIDTH)
            .or_fatal("reading the address map")?;
    let id = map
        .get(address.to_bytes().as_slice())
        .or_fatal("reading the address map")?;
    Ok(id.copied())
}
