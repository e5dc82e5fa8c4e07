//! How the vectors write numbers, bytes, addresses and CIDs in JSON.

use std::fmt;
use std::str::FromStr;

use cid::Cid;
use fvm_shared::address::{Address, Network};
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// An integer that fits 64 bits; a string of digits where JSON readers would lose some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int(pub u64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = digits(deserializer)?;
        text.parse()
            .map(Self)
            .map_err(|_| D::Error::custom(format!("{text} is not a u64")))
    }
}

/// An amount in attoFIL: a string of digits or an integer of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atto(pub TokenAmount);

impl<'de> Deserialize<'de> for Atto {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = digits(deserializer)?;
        // Bounded, because parsing takes time that is quadratic in the number of digits.
        if text.len() > 400 {
            return Err(D::Error::custom("an amount of more than 400 digits"));
        }
        let atto = BigInt::from_str(&text)
            .map_err(|_| D::Error::custom(format!("{text:?} is not an amount in attoFIL")))?;
        Ok(Self(TokenAmount::from_atto(atto)))
    }
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => Ok(number.to_string()),
        serde_json::Value::String(text) => Ok(text),
        other => Err(D::Error::custom(format!("expected a number, not {other}"))),
    }
}

/// Bytes in hex.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hex(pub Vec<u8>);

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text.strip_prefix("0x").unwrap_or(&text))
            .map(Self)
            .map_err(|e| D::Error::custom(format!("hex: {e}")))
    }
}

/// An address in text, with an `f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressText(pub Address);

impl<'de> Deserialize<'de> for AddressText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Network::Mainnet
            .parse_address(&text)
            .map(Self)
            .map_err(|e| D::Error::custom(format!("address {text}: {e}")))
    }
}

/// A CID in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CidText(pub Cid);

impl<'de> Deserialize<'de> for CidText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Cid::try_from(text.as_str())
            .map(Self)
            .map_err(|e| D::Error::custom(format!("CID {text}: {e}")))
    }
}

/// A CID as IPLD's JSON has it: `{"/": "bafy..."}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CidLink {
    /// The CID.
    #[serde(rename = "/")]
    pub cid: CidText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_as_numbers_or_as_text() {
        let both: Vec<Int> =
            serde_json::from_str(r#"[7, "18446744073709551615"]"#).expect("both forms");
        assert_eq!(both, [Int(7), Int(u64::MAX)]);
        for bad in ["18446744073709551616", "-1", "1.5", "\"\"", "null", "[]"] {
            assert!(serde_json::from_str::<Int>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_exceed_64_bits() {
        let text = "463973544302560247587615610";
        let expected = Atto(TokenAmount::from_atto(
            text.parse::<BigInt>().expect("digits"),
        ));
        assert_eq!(
            serde_json::from_str::<Atto>(text).expect("a number"),
            expected
        );
        assert_eq!(
            serde_json::from_str::<Atto>(&format!("{text:?}")).expect("text"),
            expected
        );
        for bad in ["1.5", "1e3", "\"0x10\"", "\"\""] {
            assert!(serde_json::from_str::<Atto>(bad).is_err(), "{bad}");
        }
    }
}
