//! Filecoin's forms, as Lotus prints them: CIDs as `{"/": "bafy..."}`, amounts as decimal
//! strings, addresses as strings, bytes as base64.

use std::str::FromStr;

use fvm_shared::econ::TokenAmount;
use num_bigint::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::forms;

/// A content identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cid(pub(crate) cid::Cid);

/// An address in any of its forms, for test networks and the main one alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) fvm_shared::address::Address);

/// A whole number without bounds, as a decimal string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BigDecimal(pub(crate) BigInt);

/// A signed 64-bit number, such as an epoch.
pub(crate) type Epoch = i64;

forms! {
    Cid: "a CID as an object with the member \"/\"" [Object];
    Address: "a Filecoin address" [String];
    BigDecimal: "a whole number as a decimal string" [String];
    i64: "a whole number" [Number];
    u64: "a natural number" [Number];
}

impl From<&TokenAmount> for BigDecimal {
    fn from(amount: &TokenAmount) -> Self {
        Self(amount.atto().clone())
    }
}

impl Serialize for BigDecimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// 2^512 has 155 digits; no amount comes near, and parsing is quadratic.
const DIGITS_MAX: usize = 155;

impl<'de> Deserialize<'de> for BigDecimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(Self::default()); // Lotus reads it so.
        }
        if text.len() > DIGITS_MAX {
            return Err(serde::de::Error::custom("it has too many digits"));
        }
        BigInt::from_str(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Cid {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Link {
            #[serde(rename = "/")]
            cid: String,
        }
        Link { cid: self.0.to_string() }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Cid {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Link {
            #[serde(rename = "/")]
            cid: String,
        }
        let link = Link::deserialize(from)?;
        cid::Cid::from_str(&link.cid).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        // The first letter says which network the writer had in mind, and nothing else.
        let network = match text.as_bytes().first() {
            Some(b'f') => fvm_shared::address::Network::Mainnet,
            _ => fvm_shared::address::Network::Testnet,
        };
        network.parse_address(&text).map(Self).map_err(serde::de::Error::custom)
    }
}
