//! The maps of hot paths.

use foldhash::fast::RandomState;

/// The standard map with a hasher that is several times faster on words, ids and CIDs. Seeded at
/// random, like the standard one, so that nobody can choose keys that collide.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
