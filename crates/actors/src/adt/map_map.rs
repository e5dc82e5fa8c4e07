//! A map of maps, as a HAMT of HAMTs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use cid::Cid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::adt::{HAMT_BIT_WIDTH, Map, MapKey};
use crate::error::ActorError;
use crate::state::Store;

/// A map from `O` and then `I` to `V`. Inner maps that were touched are kept in memory until
/// [`MapMap::flush`]; those that became empty are removed there.
#[derive(Debug)]
pub struct MapMap<'a, O, I, V> {
    outer: Map<'a, O, Cid>,
    inner: BTreeMap<Vec<u8>, Map<'a, I, V>>,
    inner_bit_width: u32,
    store: Store<'a>,
    name: &'static str,
}

impl<'a, O, I, V> MapMap<'a, O, I, V>
where
    O: MapKey,
    I: MapKey,
    V: Serialize + DeserializeOwned + PartialEq,
{
    /// An empty map of maps.
    #[must_use]
    pub fn empty(store: Store<'a>, name: &'static str) -> Self {
        Self::over(Map::empty(store, name), store, HAMT_BIT_WIDTH, name)
    }

    /// The map of maps under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(store: Store<'a>, root: &Cid, name: &'static str) -> Result<Self, ActorError> {
        Ok(Self::over(
            Map::load(store, root, name)?,
            store,
            HAMT_BIT_WIDTH,
            name,
        ))
    }

    fn over(
        outer: Map<'a, O, Cid>,
        store: Store<'a>,
        inner_bit_width: u32,
        name: &'static str,
    ) -> Self {
        Self {
            outer,
            inner: BTreeMap::new(),
            inner_bit_width,
            store,
            name,
        }
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        for (key, inner) in &mut self.inner {
            let key = O::from_bytes(key)?;
            if inner.is_empty() {
                self.outer.delete(&key)?;
            } else {
                self.outer.set(&key, inner.flush()?)?;
            }
        }
        self.outer.flush()
    }

    /// The value of a pair of keys.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn get(&mut self, outer: &O, inner: &I) -> Result<Option<&V>, ActorError> {
        self.at(outer)?.get(inner)
    }

    /// Gives a pair of keys a value, and returns the one it had.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn put(&mut self, outer: &O, inner: &I, value: V) -> Result<Option<V>, ActorError> {
        self.at(outer)?.set(inner, value)
    }

    /// Gives a pair of keys a value unless it has one; says whether it did.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn put_if_absent(&mut self, outer: &O, inner: &I, value: V) -> Result<bool, ActorError> {
        self.at(outer)?.set_if_absent(inner, value)
    }

    /// Removes a pair of keys and returns the value it had.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn remove(&mut self, outer: &O, inner: &I) -> Result<Option<V>, ActorError> {
        self.at(outer)?.delete(inner)
    }

    /// Visits every outer key with the root of its inner map, as they are in the state: without
    /// what changed since the last flush.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the map can't be read.
    pub fn for_each(
        &self,
        visit: impl FnMut(O, &Cid) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.outer.for_each(visit)
    }

    /// Visits everything under one outer key.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the map can't be read.
    pub fn for_each_in(
        &mut self,
        outer: &O,
        visit: impl FnMut(I, &V) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.at(outer)?.for_each(visit)
    }

    /// The inner map of an outer key, which may be empty.
    fn at(&mut self, outer: &O) -> Result<&mut Map<'a, I, V>, ActorError> {
        match self.inner.entry(outer.to_bytes()) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let (store, width) = (self.store, self.inner_bit_width);
                let inner = match self.outer.get(outer)? {
                    Some(root) => Map::load_with_bit_width(store, root, width, self.name)?,
                    None => Map::empty_with_bit_width(store, width, self.name),
                };
                Ok(entry.insert(inner))
            }
        }
    }
}
