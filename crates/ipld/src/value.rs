//! What a collection holds.

use fvm_ipld_encoding::{from_slice, to_writer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A value that is stored as one CBOR item. Whatever serde knows is one.
pub trait Value: Sized {
    /// Reads the item.
    ///
    /// # Errors
    /// If it is not of this type.
    fn decode(item: &[u8]) -> Result<Self, Error>;

    /// Appends the item.
    ///
    /// # Errors
    /// If the value has no such form.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error>;
}

impl<T: Serialize + DeserializeOwned> Value for T {
    fn decode(item: &[u8]) -> Result<Self, Error> {
        Ok(from_slice(item)?)
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        Ok(to_writer(out, self)?)
    }
}

/// A value of any type, kept as it is encoded: one item of CBOR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded(pub Box<[u8]>);

impl Value for Encoded {
    fn decode(item: &[u8]) -> Result<Self, Error> {
        Ok(Self(item.into()))
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}
