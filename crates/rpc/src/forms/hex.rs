//! Bytes as `0x` and hex digits, two a byte: EIP-1474's "data".

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::forms;

/// Any number of bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Data(pub(crate) Vec<u8>);

/// A number of bytes that the type says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fixed<const N: usize>(pub(crate) [u8; N]);

/// An Ethereum address.
pub(crate) type Address = Fixed<20>;
/// A Keccak hash, or the digest of a CID.
pub(crate) type Hash = Fixed<32>;
/// The bloom filter of a block's logs.
pub(crate) type Bloom = Fixed<256>;

/// 32 bytes of a contract's storage. Clients leave out leading zeros, so shorter is fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word(pub(crate) [u8; 32]);

forms! {
    Data: "bytes as 0x and hex digits" [String];
    Address: "an address: 0x and 40 hex digits" [String];
    Hash: "a hash: 0x and 64 hex digits" [String];
    Word: "a word: 0x and up to 64 hex digits" [String];
}

impl<const N: usize> Fixed<N> {
    pub(crate) const ZERO: Self = Self([0; N]);
}

impl<const N: usize> fmt::Display for Fixed<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl<const N: usize> fmt::Debug for Fixed<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Fixed<N> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("0x{}", hex::encode(self.0)))
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("0x{}", hex::encode(&self.0)))
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Fixed(self.0).serialize(to)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Fixed<N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Digits(|digits: &str| {
            let mut bytes = [0; N];
            match hex::decode_to_slice(digits, &mut bytes) {
                Ok(()) => Ok(Self(bytes)),
                Err(hex::FromHexError::InvalidHexCharacter { .. }) => Err(NOT_HEX.to_owned()),
                Err(_) => Err(format!("it has {} hex digits, not {}", digits.len(), 2 * N)),
            }
        }))
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Digits(|digits: &str| match hex::decode(digits) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(hex::FromHexError::OddLength) => {
                Err("it has an odd number of hex digits".to_owned())
            }
            Err(_) => Err(NOT_HEX.to_owned()),
        }))
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Digits(|digits: &str| {
            if digits.len() > 64 {
                return Err(format!("it has {} hex digits, more than 64", digits.len()));
            }
            let mut bytes = [0; 32];
            let padded = format!("{digits:0>64}");
            hex::decode_to_slice(padded, &mut bytes).map_err(|_| NOT_HEX.to_owned())?;
            Ok(Self(bytes))
        }))
    }
}

const NOT_HEX: &str = "there is something else than hex digits in it";

/// Strips the `0x` and hands the digits on.
struct Digits<F>(F);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Digits<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string of 0x and hex digits")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        let digits = text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .ok_or_else(|| E::custom("it does not begin with 0x"))?;
        (self.0)(digits).map_err(E::custom)
    }
}

/// Reads a string that begins with `0x`, if it does.
pub(super) fn quantity_digits<E: serde::de::Error>(text: &str) -> Result<&str, E> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .ok_or_else(|| E::custom("it does not begin with 0x"))?;
    if digits.is_empty() {
        return Err(E::custom("there are no digits after 0x"));
    }
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(E::custom(NOT_HEX));
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    #[test]
    fn an_address_has_forty_digits() {
        let address = Address::read("\"0x00000000000000000000000000000000000000fF\"").unwrap();
        assert_eq!(address.0[19], 0xff);
        for wrong in [
            "\"0x1\"", "\"00\"", "1", "null", "{}", "\"0xzz\"", "[]", "\"\"",
        ] {
            assert!(Address::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_may_be_short() {
        assert_eq!(Word::read("\"0x0\"").unwrap().0, [0; 32]);
        assert_eq!(Word::read("\"0x102\"").unwrap().0[30..], [1, 2]);
        assert!(Word::read(&format!("\"0x{}\"", "0".repeat(65))).is_err());
    }

    #[test]
    fn data_has_two_digits_a_byte() {
        assert_eq!(Data::read("\"0x\"").unwrap().0, b"");
        assert_eq!(Data::read("\"0x0A\"").unwrap().0, [10]);
        assert!(Data::read("\"0xA\"").is_err());
        assert_eq!(
            serde_json::to_string(&Data(vec![1, 255])).unwrap(),
            "\"0x01ff\""
        );
    }
}
