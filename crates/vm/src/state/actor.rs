//! An actor's entry in the state tree.

use cid::Cid;
use fvm_ipld_encoding::{BytesDe, BytesSer};
use fvm_shared::EMPTY_ARR_CID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::state::StateTreeVersion;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Fatal, OrFatal};

/// An actor as the machine holds it.
///
/// Stored as a 5-tuple (state tree version 5, FIP-0048); older trees lack the last field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its code.
    pub code: Cid,
    /// The root of its state.
    pub root: Cid,
    /// How many messages it has sent.
    pub sequence: u64,
    /// What it holds.
    pub balance: Atto,
    /// Its f4 address, given at creation and never changed.
    pub delegated_address: Option<Address>,
}

impl Actor {
    /// An actor without funds, whose state is the empty array.
    #[must_use]
    pub fn new(code: Cid, delegated_address: Option<Address>) -> Self {
        Self {
            code,
            root: EMPTY_ARR_CID,
            sequence: 0,
            balance: Atto::ZERO,
            delegated_address,
        }
    }
}

/// How actors are stored. Both forms are tuples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryFormat {
    /// Without the delegated address, in trees of version 4: up to network version 17.
    Undelegated,
    /// With it, in trees of version 5 (FIP-0048).
    Delegated,
}

impl EntryFormat {
    /// That of a tree; `None` if it is older than any that is supported.
    pub(super) fn of(version: StateTreeVersion) -> Option<Self> {
        match version {
            StateTreeVersion::V4 => Some(Self::Undelegated),
            StateTreeVersion::V5 => Some(Self::Delegated),
            _ => None,
        }
    }

    pub(super) fn version(self) -> StateTreeVersion {
        match self {
            Self::Undelegated => StateTreeVersion::V4,
            Self::Delegated => StateTreeVersion::V5,
        }
    }

    pub(super) fn encode(self, actor: &Actor) -> Result<Vec<u8>, Fatal> {
        let Actor {
            code,
            root,
            sequence,
            balance,
            delegated_address,
        } = actor;
        match (self, delegated_address) {
            (Self::Delegated, delegated) => {
                fvm_ipld_encoding::to_vec(&(code, root, sequence, balance, delegated))
            }
            (Self::Undelegated, None) => {
                fvm_ipld_encoding::to_vec(&(code, root, sequence, balance))
            }
            (Self::Undelegated, Some(address)) => {
                let words = format!("a state tree of version 4 has no place for {address}");
                return Err(Fatal::new(words));
            }
        }
        .or_fatal("encoding an actor")
    }

    pub(super) fn decode(self, entry: &[u8]) -> Result<Actor, Fatal> {
        let fields = match self {
            Self::Delegated => fvm_ipld_encoding::from_slice(entry),
            Self::Undelegated => fvm_ipld_encoding::from_slice(entry)
                .map(|(code, root, sequence, balance)| (code, root, sequence, balance, None)),
        };
        let (code, root, sequence, balance, delegated_address) =
            fields.or_fatal("decoding an actor")?;
        Ok(Actor {
            code,
            root,
            sequence,
            balance,
            delegated_address,
        })
    }
}

/// An amount of attoFIL that an actor holds.
///
/// All the FIL there will ever be is below 2^91 attoFIL, so 128 bits hold every balance, without
/// the heap that arbitrary precision needs. Sums are checked all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atto(pub u128);

impl Atto {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount as a number of 128 bits; `None` if it is negative or does not fit.
    #[must_use]
    pub fn from_token(amount: &TokenAmount) -> Option<Self> {
        u128::try_from(amount.atto()).ok().map(Self)
    }

    /// The amount as the shared type.
    #[must_use]
    pub fn to_token(self) -> TokenAmount {
        TokenAmount::from_atto(self.0)
    }
}

impl Serialize for Atto {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A sign byte (0: not negative) and the magnitude, big endian and without leading
        // zeros; nothing at all for zero.
        let mut bytes = [0; 17];
        bytes[1..].copy_from_slice(&self.0.to_be_bytes());
        let zeros = self.0.leading_zeros() as usize / 8;
        let encoded = if self.0 == 0 {
            &[][..]
        } else {
            &bytes[zeros..]
        };
        debug_assert!(
            encoded.is_empty() || encoded[0] == 0,
            "the sign byte is a zero"
        );
        BytesSer(encoded).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Atto {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let BytesDe(bytes) = Deserialize::deserialize(deserializer)?;
        match bytes.as_slice() {
            [] => Ok(Self::ZERO),
            [0, magnitude @ ..] if magnitude.len() <= 16 => Ok(Self(
                magnitude
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u128::from(*byte)),
            )),
            [0, ..] => Err(D::Error::custom("a balance beyond 128 bits")),
            _ => Err(D::Error::custom("a negative balance")),
        }
    }
}

#[cfg(test)]
mod tests {
    use fvm_shared::state::ActorState;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The network's own type is the oracle, in both directions.
        #[test]
        fn entries_are_stored_as_the_network_stores_them(
            balance in prop_oneof![any::<u128>(), any::<u64>().prop_map(u128::from), Just(0)],
            sequence in any::<u64>(),
            delegated in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..54)),
        ) {
            let delegated_address =
                delegated.map(|bytes| Address::new_delegated(10, &bytes).expect("short enough"));
            let ours = Actor {
                code: EMPTY_ARR_CID,
                root: EMPTY_ARR_CID,
                sequence,
                balance: Atto(balance),
                delegated_address,
            };
            let theirs = ActorState {
                code: ours.code,
                state: ours.root,
                sequence,
                balance: TokenAmount::from_atto(balance),
                delegated_address,
            };
            let bytes = fvm_ipld_encoding::to_vec(&theirs).expect("it encodes");
            let format = EntryFormat::Delegated;
            prop_assert_eq!(&format.encode(&ours).expect("it encodes"), &bytes);
            prop_assert_eq!(&format.decode(&bytes).expect("it decodes"), &ours);

            // The older form is the same without its last field.
            let format = EntryFormat::Undelegated;
            prop_assert_eq!(format.encode(&ours).is_ok(), ours.delegated_address.is_none());
            let older = Actor { delegated_address: None, ..ours };
            let bytes = format.encode(&older).expect("it encodes");
            prop_assert_eq!(bytes[0], 0x84);
            prop_assert_eq!(format.decode(&bytes).expect("it decodes"), older);
        }
    }

    #[test]
    fn a_negative_or_giant_balance_is_an_error() {
        for hex in [
            &[0x42, 1, 1][..],
            &[0x52, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(fvm_ipld_encoding::from_slice::<Atto>(hex).is_err());
        }
    }
}
