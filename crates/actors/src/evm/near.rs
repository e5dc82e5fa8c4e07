//! How near the slots that a frame accesses lie to each other.
//!
//! What a slot costs on the network follows from the tree that it lies in. Our gas may not: it
//! would then depend on what is flushed and what is cached. But keys alone say a good deal. The
//! first variables of a contract have small keys, mapped values have keys anywhere, and those of
//! an array or a struct lie side by side, deep down in one node of the tree.

use crate::hash_map::HashMap;

/// Where a key lies, seen from the keys that are known already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is known, and nothing near it.
    Known,
    /// It is known, and so are others of its group; or it is small.
    Deep,
    /// Only its last bit differs from a known one.
    Pair,
    /// Only some of its last six bits differ.
    Group,
    /// Nothing known is near. It is small, as those of the first variables are.
    Low,
    /// Nothing known is near, and it is anywhere.
    High,
}

impl Place {
    /// Was the key known before?
    pub(super) fn is_known(self) -> bool {
        matches!(self, Self::Known | Self::Deep)
    }
}

/// Keys that agree in all but so many bits are a group: the tree's deepest nodes hold these.
const GROUP_BITS: u32 = 6;

/// Keys with no bit in this half are small.
const HIGH_HALF: usize = 16;

/// The keys that are known, a bit each in a mask of their group.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<[u8; 32], u64>);

impl Keys {
    /// Learns a key, and says where it lies.
    pub(super) fn meet(&mut self, key: &[u8; 32]) -> Place {
        let in_group = key[31] & ((1 << GROUP_BITS) - 1);
        let mut group = *key;
        group[31] ^= in_group;
        let known = self.0.entry(group).or_default();
        let bit = |number: u8| 1_u64 << number;
        let low = key[..HIGH_HALF] == [0; HIGH_HALF];
        let place = if *known & bit(in_group) != 0 {
            if low || *known != bit(in_group) {
                Place::Deep
            } else {
                Place::Known
            }
        } else if *known & bit(in_group ^ 1) != 0 {
            Place::Pair
        } else if *known != 0 {
            Place::Group
        } else if low {
            Place::Low
        } else {
            Place::High
        };
        *known |= bit(in_group);
        place
    }

    /// Is none known?
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all keys.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_seen_from_those_that_are_known() {
        let mut keys = Keys::default();
        let mut check = |high: u8, low: u8, expected| {
            let mut key = [0; 32];
            (key[0], key[31]) = (high, low);
            assert_eq!(keys.meet(&key), expected, "{high} {low}");
        };
        check(0, 5, Place::Low);
        check(0, 5, Place::Deep);
        check(0, 4, Place::Pair);
        check(0, 6, Place::Group);
        check(0, 63, Place::Group);
        check(0, 64, Place::Low);
        check(7, 5, Place::High);
        check(7, 5, Place::Known);
        check(7, 0, Place::Group);
        check(7, 1, Place::Pair);
        check(7, 5, Place::Deep);
        check(8, 1, Place::High);
    }
}
