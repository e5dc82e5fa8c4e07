//! The network's collections, with its parameters and exit codes.
//!
//! A map is a HAMT (SHA-256, 5 bits a level unless said otherwise, buckets of three), an array an
//! AMT. Their errors are 20, those of keys that can't be encoded 24. Names are for messages only.

mod array;
mod key;
mod map;
mod map_map;
mod multimap;

pub use array::Array;
pub use atoll_ipld::Slot;
pub use key::MapKey;
pub use map::{Map, Set};
pub use map_map::MapMap;
pub use multimap::Multimap;

/// Bits a level of a HAMT, unless said otherwise.
pub const HAMT_BIT_WIDTH: u32 = 5;
