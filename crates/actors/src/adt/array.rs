//! An array, as an AMT.

use atoll_ipld::{Amt, Slot};
use cid::Cid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ActorError;
use crate::state::Store;

/// A sparse array of `V`. How many bits a level it has is written in its root, so it is given
/// only when it is made.
#[derive(Debug)]
pub struct Array<'a, V> {
    amt: Amt<Store<'a>, V>,
    name: &'static str,
}

impl<'a, V> Array<'a, V>
where
    V: Serialize + DeserializeOwned,
{
    /// An empty array.
    #[must_use]
    pub fn empty(store: Store<'a>, bit_width: u32, name: &'static str) -> Self {
        Self {
            amt: Amt::new(store, bit_width),
            name,
        }
    }

    /// The array under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(store: Store<'a>, root: &Cid, name: &'static str) -> Result<Self, ActorError> {
        let amt = Amt::load(store, root)
            .map_err(|error| ActorError::from(error).during(&format!("loading {name}")))?;
        Ok(Self { amt, name })
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.amt
            .flush()
            .map_err(|error| ActorError::from(error).during(&format!("flushing {}", self.name)))
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.amt.count()
    }

    /// The value at an index.
    ///
    /// # Errors
    /// 20 if the index is out of range or the array can't be read.
    pub fn get(&self, index: u64) -> Result<Option<&V>, ActorError> {
        self.amt.get(index).map_err(|error| self.at(index, error))
    }

    /// Puts a value at an index.
    ///
    /// # Errors
    /// 20 if the index is out of range or the array can't be read.
    pub fn set(&mut self, index: u64, value: V) -> Result<(), ActorError> {
        self.amt
            .set(index, value)
            .map_err(|error| self.at(index, error))
    }

    /// Removes the value at an index and returns it.
    ///
    /// # Errors
    /// 20 if the index is out of range or the array can't be read.
    pub fn delete(&mut self, index: u64) -> Result<Option<V>, ActorError> {
        self.amt
            .delete(index)
            .map_err(|error| self.at(index, error))
    }

    /// Removes the values at these indices. Each must be there.
    ///
    /// # Errors
    /// 20 if one is missing or out of range, or the array can't be read.
    pub fn delete_all(&mut self, indices: impl IntoIterator<Item = u64>) -> Result<(), ActorError> {
        for index in indices {
            if self.delete(index)?.is_none() {
                return Err(self.at(index, ActorError::illegal_state("there is nothing")));
            }
        }
        Ok(())
    }

    /// Visits every value in ascending order.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the array can't be read.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(u64, &V) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.for_each_while(|index, value| visit(index, value).map(|()| true))
    }

    /// Visits values in ascending order while `visit` says so.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the array can't be read.
    pub fn for_each_while(
        &self,
        mut visit: impl FnMut(u64, &V) -> Result<bool, ActorError>,
    ) -> Result<(), ActorError> {
        self.amt.for_each_while(&mut visit)
    }

    /// Visits values in ascending order while `visit` says so. Those that it writes to have changed.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the array can't be read.
    pub fn for_each_while_mut(
        &mut self,
        mut visit: impl FnMut(u64, &mut Slot<'_, V>) -> Result<bool, ActorError>,
    ) -> Result<(), ActorError> {
        self.amt.for_each_while_mut(&mut visit)
    }

    fn at(&self, index: u64, error: impl Into<ActorError>) -> ActorError {
        error.into().during(&format!("{} [{index}]", self.name))
    }
}
