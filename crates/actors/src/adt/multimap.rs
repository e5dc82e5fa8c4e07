//! A map to lists, as a HAMT of AMTs.

use cid::Cid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::adt::{Array, Map, MapKey};
use crate::error::{ActorError, OrExit};
use crate::state::Store;

/// A map from `K` to lists of `V`. Lists are written as they change, the map by
/// [`Multimap::flush`].
#[derive(Debug)]
pub struct Multimap<'a, K, V> {
    map: Map<'a, K, Cid>,
    array_bit_width: u32,
    store: Store<'a>,
    name: &'static str,
    value: std::marker::PhantomData<V>,
}

impl<'a, K, V> Multimap<'a, K, V>
where
    K: MapKey,
    V: Serialize + DeserializeOwned + Clone,
{
    /// An empty map.
    #[must_use]
    pub fn empty(
        store: Store<'a>,
        map_bit_width: u32,
        array_bit_width: u32,
        name: &'static str,
    ) -> Self {
        let map = Map::empty_with_bit_width(store, map_bit_width, name);
        Self {
            map,
            array_bit_width,
            store,
            name,
            value: std::marker::PhantomData,
        }
    }

    /// The map under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(
        store: Store<'a>,
        root: &Cid,
        map_bit_width: u32,
        array_bit_width: u32,
        name: &'static str,
    ) -> Result<Self, ActorError> {
        let map = Map::load_with_bit_width(store, root, map_bit_width, name)?;
        Ok(Self {
            map,
            array_bit_width,
            store,
            name,
            value: std::marker::PhantomData,
        })
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.map.flush()
    }

    /// Puts a value at the end of a key's list.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn push(&mut self, key: &K, value: V) -> Result<(), ActorError> {
        let mut list = match self.list(key)? {
            Some(list) => list,
            None => Array::empty(self.store, self.array_bit_width, self.name),
        };
        list.set(list.count(), value)?;
        self.map.set(key, list.flush()?)?;
        Ok(())
    }

    /// The values of a key, in the order they came.
    ///
    /// # Errors
    /// 20 if the map can't be read.
    pub fn values(&self, key: &K) -> Result<Vec<V>, ActorError> {
        let mut values = Vec::new();
        if let Some(list) = self.list(key)? {
            list.for_each(|_, value| {
                values.push(value.clone());
                Ok(())
            })?;
        }
        Ok(values)
    }

    /// Removes a key and its values.
    ///
    /// # Errors
    /// 20 if it has none or the map can't be read.
    pub fn remove_all(&mut self, key: &K) -> Result<(), ActorError> {
        self.map.delete(key)?.or_illegal_state(self.name)?;
        Ok(())
    }

    fn list(&self, key: &K) -> Result<Option<Array<'a, V>>, ActorError> {
        match self.map.get(key)? {
            Some(root) => Ok(Some(Array::load(self.store, root, self.name)?)),
            None => Ok(None),
        }
    }
}
