//! The network's collections: a HAMT and an AMT, decoded no further than they are looked at, and
//! the CBOR that their nodes are made of.
//!
//! Nodes are what a flush mostly reads and writes. A node stays the bytes that it is stored as, a
//! child is decoded when it is met, and what has not changed is copied ([`node`]). The network's
//! own library types, which decode and encode all of a node, are the oracles of the tests.
//!
//! A crate of its own because the engine's state tree and the native actors both stand on it, and
//! neither knows the other.

mod amt;
pub mod cbor;
mod error;
mod hamt;
mod node;
mod value;

pub use amt::{Amt, Slot};
pub use error::Error;
pub use hamt::Hamt;
pub use value::{Encoded, Value};
