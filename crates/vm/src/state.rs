//! The state tree: every actor by its id, changed in memory and written at a flush.
//!
//! Changes go to a journal over logical keys, so a checkpoint costs nothing and a revert costs
//! what is undone: (actor, balance), (actor, sequence), (actor, code), (actor, root), (actor,
//! slot map, slot), and the existence of an actor. The HAMT on disk is touched once a flush, in
//! the order of ids. [`StateTree::credit`] is kept apart from other changes of a balance because
//! credits commute: parallel execution will stand on that.

mod actor;
mod addresses;
mod slots;

use std::collections::hash_map::Entry as MapEntry;

use atoll_ipld::{Encoded, Hamt};
use cid::Cid;
use fvm_ipld_encoding::CborStore;
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Payload};
use fvm_shared::state::{StateInfo0, StateRoot, StateTreeVersion};
use multihash_codetable::Code;

use actor::EntryFormat;
pub use actor::{Actor, Atto};
use addresses::AddressMap;
pub use addresses::InitState;
use slots::Slots;
pub use slots::{Slot, SlotMap, Word};

use crate::actors::INIT_ACTOR;
use crate::error::{Fatal, OrFatal};
use crate::hash_map::HashMap;
use crate::store::Store;

/// Bits a level of the network's maps.
const HAMT_BIT_WIDTH: u32 = 5;

/// Folds an actor's changed slots into its state: (code, root, slots in order) to a new root.
pub type FoldSlots<'a> = &'a dyn Fn(&Cid, &Cid, &[Slot]) -> Result<Cid, Fatal>;

/// The state of every actor.
#[derive(Debug)]
pub struct StateTree {
    store: Store,
    /// The actors as of the last flush, with the nodes met so far decoded.
    flushed: Hamt<Store, Encoded>,
    format: EntryFormat,
    info: Cid,
    /// Every actor met since the tree was loaded, as it is now.
    actors: HashMap<ActorID, Entry>,
    /// The actors that the next flush must write, each once, in the order of their first change.
    dirty: Vec<ActorID>,
    slots: HashMap<ActorID, Slots>,
    /// Addresses met so far.
    addresses: HashMap<Address, ActorID>,
    /// The init actor's map at the root it was last read or written at.
    address_map: Option<AddressMap>,
    /// What to undo, oldest first.
    journal: Vec<Undo>,
}

#[derive(Debug)]
struct Entry {
    /// `None`: there is no such actor.
    actor: Option<Actor>,
    /// Is it listed in `dirty`? It stays so when a change is undone.
    dirty: bool,
}

/// How to undo one change.
#[derive(Debug)]
enum Undo {
    Balance(ActorID, Atto),
    Sequence(ActorID, u64),
    Code(ActorID, Cid),
    Root(ActorID, Cid),
    Existence(ActorID, Option<Box<Actor>>),
    Slot {
        actor: ActorID,
        map: SlotMap,
        key: Word,
        value: Option<Word>,
    },
    Cleared {
        actor: ActorID,
        map: SlotMap,
        slots: HashMap<Word, Word>,
    },
    Address(Address),
}

/// An id that stands behind addresses now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedId {
    /// The id.
    pub id: ActorID,
    /// Did one of the addresses have it before?
    pub existed: bool,
}

/// A point to which a [`StateTree`] can return.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint(usize);

impl StateTree {
    /// An empty tree.
    pub fn new(store: Store) -> Result<Self, Fatal> {
        let info = store
            .put_cbor(&StateInfo0::default(), Code::Blake2b256)
            .or_fatal("writing the state tree's info")?;
        store.flush_all()?;
        let flushed = Hamt::new(store.clone(), HAMT_BIT_WIDTH);
        Ok(Self::with(store, flushed, info))
    }

    /// The tree at a root.
    pub fn load(store: Store, root: &Cid) -> Result<Self, Fatal> {
        let StateRoot {
            version,
            actors,
            info,
        } = store
            .get_cbor(root)
            .or_fatal("reading the state root")?
            .ok_or_else(|| Fatal::new(format!("the state root {root} is missing")))?;
        let format = EntryFormat::of(version).ok_or_else(|| {
            Fatal::new(format!("state tree version {version:?} is not supported"))
        })?;
        let flushed = Hamt::load(store.clone(), &actors, HAMT_BIT_WIDTH)?;
        Ok(Self {
            format,
            ..Self::with(store, flushed, info)
        })
    }

    fn with(store: Store, flushed: Hamt<Store, Encoded>, info: Cid) -> Self {
        Self {
            store,
            flushed,
            format: EntryFormat::Delegated,
            info,
            actors: HashMap::default(),
            dirty: Vec::new(),
            slots: HashMap::default(),
            addresses: HashMap::default(),
            address_map: None,
            journal: Vec::new(),
        }
    }

    /// The blocks below the tree, with what is not flushed yet.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The format of the tree.
    #[must_use]
    pub fn version(&self) -> StateTreeVersion {
        self.format.version()
    }

    /// An actor as it is now, or `None` if there is none.
    pub fn actor(&mut self, id: ActorID) -> Result<Option<&Actor>, Fatal> {
        Ok(self.entry(id)?.actor.as_ref())
    }

    /// The id of an address, or `None` if nobody has it.
    pub fn resolve(&mut self, address: &Address) -> Result<Option<ActorID>, Fatal> {
        if let Payload::ID(id) = address.payload() {
            return Ok(Some(*id));
        }
        if let Some(&id) = self.addresses.get(address) {
            return Ok(Some(id));
        }
        let id = self.address_map()?.get(address)?;
        if let Some(id) = id {
            self.remember_address(*address, id);
        }
        Ok(id)
    }

    /// Gives an address the next free id, through the init actor's state.
    pub fn assign_id(&mut self, address: &Address) -> Result<ActorID, Fatal> {
        self.assign(None, &[address])
    }

    /// Gives an actor's addresses an id, through the init actor's state: the one that `delegated`
    /// has already, else the next free one. `None` if `robust` has an id; nothing changes then.
    pub fn assign_shared_id(
        &mut self,
        robust: &Address,
        delegated: Option<&Address>,
    ) -> Result<Option<SharedId>, Fatal> {
        if self.resolve(robust)?.is_some() {
            return Ok(None);
        }
        let existing = match delegated {
            Some(delegated) => self.resolve(delegated)?,
            None => None,
        };
        let both = [Some(robust), delegated.filter(|_| existing.is_none())];
        let id = self.assign(existing, &both.into_iter().flatten().collect::<Vec<_>>())?;
        Ok(Some(SharedId {
            id,
            existed: existing.is_some(),
        }))
    }

    fn assign(&mut self, id: Option<ActorID>, addresses: &[&Address]) -> Result<ActorID, Fatal> {
        self.address_map()?;
        // If writing fails, the map is left half changed and must be read anew.
        let mut map = self.address_map.take().expect("it was just loaded");
        let id = map.assign(&self.store, id, addresses)?;
        self.set_root(INIT_ACTOR, *map.root())?;
        self.address_map = Some(map);
        for address in addresses {
            self.remember_address(**address, id);
        }
        Ok(id)
    }

    /// Adds to an actor's balance. Credits commute with each other.
    pub fn credit(&mut self, id: ActorID, amount: Atto) -> Result<(), Fatal> {
        let balance = self.existing(id)?.balance;
        let sum = balance
            .0
            .checked_add(amount.0)
            .ok_or_else(|| Fatal::new(format!("the balance of f0{id} is beyond 128 bits")))?;
        self.set_balance(id, Atto(sum))
    }

    /// Takes from an actor's balance, which must suffice.
    pub fn debit(&mut self, id: ActorID, amount: Atto) -> Result<(), Fatal> {
        let balance = self.existing(id)?.balance;
        let rest = balance
            .0
            .checked_sub(amount.0)
            .ok_or_else(|| Fatal::new(format!("the balance of f0{id} does not suffice")))?;
        self.set_balance(id, Atto(rest))
    }

    fn set_balance(&mut self, id: ActorID, balance: Atto) -> Result<(), Fatal> {
        let old = std::mem::replace(&mut self.existing_mut(id)?.balance, balance);
        self.journal.push(Undo::Balance(id, old));
        Ok(())
    }

    /// Sets an actor's sequence number.
    pub fn set_sequence(&mut self, id: ActorID, sequence: u64) -> Result<(), Fatal> {
        let old = std::mem::replace(&mut self.existing_mut(id)?.sequence, sequence);
        self.journal.push(Undo::Sequence(id, old));
        Ok(())
    }

    /// Sets an actor's code.
    pub fn set_code(&mut self, id: ActorID, code: Cid) -> Result<(), Fatal> {
        let old = std::mem::replace(&mut self.existing_mut(id)?.code, code);
        self.journal.push(Undo::Code(id, old));
        Ok(())
    }

    /// Sets the root of an actor's state.
    pub fn set_root(&mut self, id: ActorID, root: Cid) -> Result<(), Fatal> {
        let old = std::mem::replace(&mut self.existing_mut(id)?.root, root);
        self.journal.push(Undo::Root(id, old));
        Ok(())
    }

    /// Puts a whole actor in the place of what was there.
    pub fn set_actor(&mut self, id: ActorID, actor: Actor) -> Result<(), Fatal> {
        self.set_existence(id, Some(actor))
    }

    /// Deletes an actor, if there is one.
    pub fn delete(&mut self, id: ActorID) -> Result<(), Fatal> {
        self.set_existence(id, None)
    }

    fn set_existence(&mut self, id: ActorID, actor: Option<Actor>) -> Result<(), Fatal> {
        let old = std::mem::replace(&mut self.dirty_entry(id)?.actor, actor);
        self.journal.push(Undo::Existence(id, old.map(Box::new)));
        Ok(())
    }

    /// A slot that was written since the last flush.
    #[must_use]
    pub fn slot(&self, actor: ActorID, map: SlotMap, key: &Word) -> Option<Word> {
        self.slots.get(&actor)?.map(map).get(key).copied()
    }

    /// Writes a slot.
    pub fn set_slot(&mut self, actor: ActorID, map: SlotMap, key: Word, value: Word) {
        let slots = self.slots.entry(actor).or_default();
        let value = slots.map_mut(map).insert(key, value);
        self.journal.push(Undo::Slot {
            actor,
            map,
            key,
            value,
        });
    }

    /// Forgets every slot of a map that was written since the last flush.
    pub fn clear_slots(&mut self, actor: ActorID, map: SlotMap) {
        if let Some(slots) = self.slots.get_mut(&actor) {
            let slots = std::mem::take(slots.map_mut(map));
            self.journal.push(Undo::Cleared { actor, map, slots });
        }
    }

    /// A point to return to.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.journal.len())
    }

    /// Undoes everything since the checkpoint.
    pub fn revert(&mut self, to: Checkpoint) {
        while self.journal.len() > to.0 {
            if let Some(undo) = self.journal.pop() {
                self.undo(undo);
            }
        }
    }

    /// Makes everything so far final: no checkpoint taken before may be reverted to.
    pub fn commit(&mut self) {
        self.journal.clear();
    }

    fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Balance(id, old) => self.undo_in(id, |actor| actor.balance = old),
            Undo::Sequence(id, old) => self.undo_in(id, |actor| actor.sequence = old),
            Undo::Code(id, old) => self.undo_in(id, |actor| actor.code = old),
            Undo::Root(id, old) => self.undo_in(id, |actor| actor.root = old),
            Undo::Existence(id, old) => {
                self.known(id).actor = old.map(|actor| *actor);
            }
            Undo::Slot {
                actor,
                map,
                key,
                value,
            } => {
                let slots = self.slots.entry(actor).or_default().map_mut(map);
                match value {
                    Some(value) => slots.insert(key, value),
                    None => slots.remove(&key),
                };
            }
            Undo::Cleared { actor, map, slots } => {
                *self.slots.entry(actor).or_default().map_mut(map) = slots;
            }
            Undo::Address(address) => {
                self.addresses.remove(&address);
            }
        }
    }

    fn undo_in(&mut self, id: ActorID, restore: impl FnOnce(&mut Actor)) {
        let actor = self.known(id).actor.as_mut();
        restore(actor.expect("an undo finds the actor as the change left it"));
    }

    /// Writes every change to the HAMT, in the order of ids, and the new blocks to the base.
    /// Returns the new root. After an error the tree is of no more use.
    pub fn flush(&mut self, fold: FoldSlots<'_>) -> Result<Cid, Fatal> {
        self.fold_slots(fold)?;
        self.commit();
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        let heads = dirty
            .iter()
            .filter_map(|id| self.actors[id].actor.as_ref())
            .map(|a| a.root);
        self.store.flush_reachable(heads)?;
        for id in dirty {
            let entry = self
                .actors
                .get_mut(&id)
                .expect("a dirty actor has an entry");
            entry.dirty = false;
            let key = Address::new_id(id).to_bytes();
            match &entry.actor {
                Some(actor) => {
                    let entry = self.format.encode(actor)?;
                    self.flushed.set(&key, Encoded(entry.into()))?;
                }
                None => _ = self.flushed.delete(&key)?,
            }
        }
        let actors = self.flushed.flush()?;
        let root = StateRoot {
            version: self.version(),
            actors,
            info: self.info,
        };
        let root = self
            .store
            .put_cbor(&root, Code::Blake2b256)
            .or_fatal("writing the state root")?;
        self.store.flush_all()?;
        Ok(root)
    }

    /// Turns the changed slots of every actor into a new root of its state.
    fn fold_slots(&mut self, fold: FoldSlots<'_>) -> Result<(), Fatal> {
        let mut changed: Vec<(ActorID, Vec<Slot>)> = self
            .slots
            .drain()
            .map(|(id, slots)| (id, slots.sorted()))
            .collect();
        changed.retain(|(_, slots)| !slots.is_empty());
        changed.sort_unstable_by_key(|(id, _)| *id);
        for (id, slots) in changed {
            // The slots of an actor that is gone are gone with it.
            let Some(actor) = self.actor(id)? else {
                continue;
            };
            let (code, root) = (actor.code, actor.root);
            let root = fold(&code, &root, &slots)?;
            self.set_root(id, root)?;
        }
        Ok(())
    }

    /// Calls a function with every actor, in the order of the HAMT. Only what is flushed is
    /// seen.
    pub fn for_each_flushed(
        &self,
        mut f: impl FnMut(ActorID, &Actor) -> Result<(), Fatal>,
    ) -> Result<(), Fatal> {
        self.flushed.for_each(&mut |key, Encoded(entry)| {
            let id = Address::from_bytes(key).and_then(|key| key.id());
            f(
                id.or_fatal("reading a key of the state tree")?,
                &self.format.decode(entry)?,
            )
        })
    }

    fn remember_address(&mut self, address: Address, id: ActorID) {
        self.addresses.insert(address, id);
        self.journal.push(Undo::Address(address));
    }

    /// The init actor's map at the root that the init actor has now.
    fn address_map(&mut self) -> Result<&mut AddressMap, Fatal> {
        let root = self.existing(INIT_ACTOR)?.root;
        if self
            .address_map
            .as_ref()
            .is_none_or(|map| *map.root() != root)
        {
            self.address_map = Some(AddressMap::load(&self.store, root)?);
        }
        Ok(self.address_map.as_mut().expect("it was just loaded"))
    }

    fn entry(&mut self, id: ActorID) -> Result<&mut Entry, Fatal> {
        match self.actors.entry(id) {
            MapEntry::Occupied(known) => Ok(known.into_mut()),
            MapEntry::Vacant(unknown) => {
                let key = Address::new_id(id).to_bytes();
                let format = self.format;
                let actor = self.flushed.get(&key)?;
                let actor = actor
                    .map(|Encoded(entry)| format.decode(entry))
                    .transpose()?;
                Ok(unknown.insert(Entry {
                    actor,
                    dirty: false,
                }))
            }
        }
    }

    fn dirty_entry(&mut self, id: ActorID) -> Result<&mut Entry, Fatal> {
        if !self.entry(id)?.dirty {
            self.dirty.push(id);
        }
        let entry = self.known(id);
        entry.dirty = true;
        Ok(entry)
    }

    /// An entry that is known to be in memory.
    fn known(&mut self, id: ActorID) -> &mut Entry {
        self.actors
            .get_mut(&id)
            .expect("a changed actor has an entry")
    }

    fn existing(&mut self, id: ActorID) -> Result<&Actor, Fatal> {
        self.entry(id)?.actor.as_ref().ok_or_else(|| no_actor(id))
    }

    fn existing_mut(&mut self, id: ActorID) -> Result<&mut Actor, Fatal> {
        self.dirty_entry(id)?
            .actor
            .as_mut()
            .ok_or_else(|| no_actor(id))
    }
}

fn no_actor(id: ActorID) -> Fatal {
    Fatal::new(format!("there is no actor f0{id}"))
}
