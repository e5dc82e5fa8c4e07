//! Ethereum addresses, and how they stand for Filecoin's.
//!
//! An actor with an f410 address is known to contracts by its twenty bytes. Any other actor is
//! known by its id behind a mask: `0xff`, eleven zero bytes, the id (FIP-0055 counts thirteen
//! zero bytes; the network has eleven).

use std::fmt;

use fvm_ipld_encoding::strict_bytes;
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Payload};
use revm_interpreter::primitives::U256;
use serde::{Deserialize, Serialize};

use crate::error::ActorError;

/// The namespace of f410 addresses: the id of the Ethereum address manager.
pub const EAM_ID: ActorID = 10;

/// The first byte of an address that stands for an id.
const ID_PREFIX: u8 = 0xff;

/// The first byte of the addresses reserved for Filecoin's own precompiles.
pub(crate) const FILECOIN_PRECOMPILE_PREFIX: u8 = 0xfe;

/// An Ethereum address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EthAddress(#[serde(with = "strict_bytes")] pub [u8; 20]);

impl EthAddress {
    /// The address that stands for an actor without an f410 address.
    #[must_use]
    pub fn from_id(id: ActorID) -> Self {
        let mut bytes = [0; 20];
        bytes[0] = ID_PREFIX;
        bytes[12..].copy_from_slice(&id.to_be_bytes());
        Self(bytes)
    }

    /// The id that this address stands for, if it is of that kind.
    #[must_use]
    pub fn masked_id(&self) -> Option<ActorID> {
        let (mask, id) = self.0.split_at(12);
        (mask[0] == ID_PREFIX && mask[1..] == [0; 11])
            .then(|| ActorID::from_be_bytes(id.try_into().expect("twenty less twelve bytes")))
    }

    /// The twenty bytes of an f410 address. Addresses of that namespace may have other lengths;
    /// these mean nothing to the EVM.
    #[must_use]
    pub fn from_delegated(address: &Address) -> Option<Self> {
        match address.payload() {
            Payload::Delegated(d) if d.namespace() == EAM_ID => {
                d.subaddress().try_into().ok().map(Self)
            }
            _ => None,
        }
    }

    /// The Filecoin address that a call to this address goes to.
    #[must_use]
    pub fn to_filecoin(self) -> Address {
        match self.masked_id() {
            Some(id) => Address::new_id(id),
            None => self.to_f410(),
        }
    }

    /// The f410 address with these bytes, whatever they stand for.
    #[must_use]
    pub fn to_f410(self) -> Address {
        Address::new_delegated(EAM_ID, &self.0).expect("twenty bytes fit an f4 address")
    }

    /// This address as a word of the EVM.
    #[must_use]
    pub fn to_word(self) -> U256 {
        U256::try_from_be_slice(&self.0).expect("twenty bytes fit a word")
    }

    /// The address in the low bytes of a word; the rest is ignored.
    #[must_use]
    pub fn from_word(word: U256) -> Self {
        let bytes = word.to_be_bytes::<32>();
        Self(
            bytes[12..]
                .try_into()
                .expect("thirty-two less twelve bytes"),
        )
    }

    /// May a contract be created here? Not where precompiles are or may come, nor at masked
    /// ids. (FIP-0113 also wants 0x0100 kept free; the network does not check it.)
    #[must_use]
    pub fn assignable(&self) -> bool {
        let [first, middle @ .., _] = self.0;
        let reserved =
            (first == 0 || first == FILECOIN_PRECOMPILE_PREFIX) && middle.iter().all(|b| *b == 0);
        !reserved && self.masked_id().is_none()
    }
}

impl fmt::Display for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How contracts know the actor with this id.
pub fn of_actor(rt: &dyn crate::Runtime, id: ActorID) -> Result<EthAddress, ActorError> {
    let Some(delegated) = rt.delegated_address(id)? else {
        return Ok(EthAddress::from_id(id));
    };
    match delegated.payload() {
        Payload::Delegated(d) if d.namespace() == EAM_ID => EthAddress::from_delegated(&delegated)
            .ok_or_else(|| {
                // The official actor panics here. Only an implicit message can come from one.
                ActorError::assertion_failed(format!("{delegated} is not an Ethereum address"))
            }),
        _ => Ok(EthAddress::from_id(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_id_has_eleven_zero_bytes() {
        let masked = EthAddress::from_id(0x0102);
        assert_eq!(
            masked.to_string(),
            "0xff00000000000000000000000000000000000102"
        );
        assert_eq!(masked.masked_id(), Some(0x0102));
        assert_eq!(masked.to_filecoin(), Address::new_id(0x0102));

        let mut other = masked;
        other.0[11] = 1;
        assert_eq!(other.masked_id(), None);
        assert_eq!(
            EthAddress::from_delegated(&other.to_filecoin()),
            Some(other)
        );
    }

    #[test]
    fn words_lose_what_an_address_has_no_room_for() {
        let word = U256::MAX;
        assert_eq!(EthAddress::from_word(word), EthAddress([0xff; 20]));
        assert_eq!(EthAddress([0xff; 20]).to_word(), U256::MAX >> 96);
    }

    #[test]
    fn reserved_addresses_are_not_assignable() {
        let mut address = [0; 20];
        for (first, last, assignable) in [
            (0, 0, false),
            (0, 1, false),
            (0xfe, 0xff, false),
            (0xff, 9, false),
            (1, 0, true),
        ] {
            address[0] = first;
            address[19] = last;
            assert_eq!(
                EthAddress(address).assignable(),
                assignable,
                "{first} {last}"
            );
        }
    }
}
