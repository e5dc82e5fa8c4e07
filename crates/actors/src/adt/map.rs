//! A map, and a set, as a HAMT.

use std::fmt::Debug;
use std::marker::PhantomData;

use atoll_ipld::{Error, Hamt};
use cid::Cid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::adt::{HAMT_BIT_WIDTH, MapKey};
use crate::error::ActorError;
use crate::state::Store;

/// A map from `K` to `V`.
#[derive(Debug)]
pub struct Map<'a, K, V> {
    hamt: Hamt<Store<'a>, V>,
    name: &'static str,
    key: PhantomData<K>,
}

impl<'a, K, V> Map<'a, K, V>
where
    K: MapKey,
    V: Serialize + DeserializeOwned + PartialEq,
{
    /// An empty map.
    #[must_use]
    pub fn empty(store: Store<'a>, name: &'static str) -> Self {
        Self::empty_with_bit_width(store, HAMT_BIT_WIDTH, name)
    }

    /// An empty map with other than the usual bits a level.
    #[must_use]
    pub fn empty_with_bit_width(store: Store<'a>, bit_width: u32, name: &'static str) -> Self {
        Self {
            hamt: Hamt::new(store, bit_width),
            name,
            key: PhantomData,
        }
    }

    /// The map under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(store: Store<'a>, root: &Cid, name: &'static str) -> Result<Self, ActorError> {
        Self::load_with_bit_width(store, root, HAMT_BIT_WIDTH, name)
    }

    /// The map under a root, with other than the usual bits a level.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load_with_bit_width(
        store: Store<'a>,
        root: &Cid,
        bit_width: u32,
        name: &'static str,
    ) -> Result<Self, ActorError> {
        let hamt = Hamt::load(store, root, bit_width)
            .map_err(|error| ActorError::from(error).during(&format!("loading {name}")))?;
        Ok(Self {
            hamt,
            name,
            key: PhantomData,
        })
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.hamt
            .flush()
            .map_err(|error| ActorError::from(error).during(&format!("flushing {}", self.name)))
    }

    /// Is there nothing in it?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hamt.is_empty()
    }

    /// The value of a key.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn get(&self, key: &K) -> Result<Option<&V>, ActorError> {
        self.hamt
            .get(&key.to_bytes())
            .map_err(|error| self.at(key, error))
    }

    /// Has the key a value?
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn contains(&self, key: &K) -> Result<bool, ActorError> {
        Ok(self.get(key)?.is_some())
    }

    /// Gives the key a value, and returns the one it had.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn set(&mut self, key: &K, value: V) -> Result<Option<V>, ActorError> {
        self.hamt
            .set(&key.to_bytes(), value)
            .map_err(|error| self.at(key, error))
    }

    /// Gives the key a value unless it has one; says whether it did.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn set_if_absent(&mut self, key: &K, value: V) -> Result<bool, ActorError> {
        self.hamt
            .set_if_absent(&key.to_bytes(), value)
            .map_err(|error| self.at(key, error))
    }

    /// Removes a key and returns the value it had.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn delete(&mut self, key: &K) -> Result<Option<V>, ActorError> {
        self.hamt
            .delete(&key.to_bytes())
            .map_err(|error| self.at(key, error))
    }

    /// Visits every key and value, in the order of the keys' hashes.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the map can't be read.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(K, &V) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.hamt
            .for_each(&mut |key, value| visit(K::from_bytes(key)?, value))
    }

    fn at(&self, key: &K, error: Error) -> ActorError {
        ActorError::from(error).during(&format!("{} [{key:?}]", self.name))
    }
}

/// A set of keys: a map of nulls.
#[derive(Debug)]
pub struct Set<'a, K>(Map<'a, K, ()>);

impl<'a, K: MapKey> Set<'a, K> {
    /// An empty set.
    #[must_use]
    pub fn empty(store: Store<'a>, name: &'static str) -> Self {
        Self(Map::empty(store, name))
    }

    /// The set under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(store: Store<'a>, root: &Cid, name: &'static str) -> Result<Self, ActorError> {
        Map::load(store, root, name).map(Self)
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.0.flush()
    }

    /// Adds a key; says whether it is new.
    ///
    /// # Errors
    /// 20 if the set can't be read.
    pub fn put(&mut self, key: &K) -> Result<bool, ActorError> {
        Ok(self.0.set(key, ())?.is_none())
    }

    /// Is the key in it?
    ///
    /// # Errors
    /// 20 if the set can't be read.
    pub fn has(&self, key: &K) -> Result<bool, ActorError> {
        self.0.contains(key)
    }

    /// Removes a key; says whether it was there.
    ///
    /// # Errors
    /// 20 if the set can't be read.
    pub fn delete(&mut self, key: &K) -> Result<bool, ActorError> {
        Ok(self.0.delete(key)?.is_some())
    }

    /// Visits every key, in the order of their hashes.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the set can't be read.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(K) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.0.for_each(|key, ()| visit(key))
    }
}
