//! Numbers as `0x` and hex digits without leading zeros: EIP-1474's "quantity".

use std::fmt;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Num;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{forms, hex::quantity_digits};

/// A number below 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(pub(crate) u64);

/// A number below 2^256.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Big(pub(crate) BigUint);

forms! {
    Quantity: "a number: 0x and hex digits, or plain JSON" [String, Number];
    Big: "a number below 2^256: 0x and hex digits, or plain JSON" [String, Number];
}

impl Big {
    /// As the chain holds amounts.
    pub(crate) fn to_amount(&self) -> fvm_shared::econ::TokenAmount {
        fvm_shared::econ::TokenAmount::from_atto(BigInt::from(self.0.clone()))
    }

    /// Of an amount of the chain, which here is never negative; if it is, then zero.
    pub(crate) fn of(amount: &fvm_shared::econ::TokenAmount) -> Self {
        match amount.atto().sign() {
            Sign::Minus | Sign::NoSign => Self::default(),
            Sign::Plus => Self(amount.atto().magnitude().clone()),
        }
    }
}

impl From<u64> for Big {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl Serialize for Big {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:#x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Big(number) = Big::deserialize(from)?;
        let number = number
            .try_into()
            .map_err(|_| serde::de::Error::custom("it is 2^64 or more"))?;
        Ok(Self(number))
    }
}

impl<'de> Deserialize<'de> for Big {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Number)
    }
}

struct Number;

impl<'de> Visitor<'de> for Number {
    type Value = Big;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string of 0x and hex digits")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Big, E> {
        // Leading zeros are against the standard, but common: foundry and hardhat accept them.
        let digits = match quantity_digits::<E>(text) {
            Ok(digits) => digits,
            // Hardhat's and anvil's own methods take decimal strings as well.
            Err(error) => {
                let decimal = !text.is_empty() && text.len() <= DECIMAL_DIGITS_MAX;
                if decimal && text.bytes().all(|digit| digit.is_ascii_digit()) {
                    return BigUint::from_str_radix(text, 10)
                        .map(bounded)
                        .map_err(E::custom)?;
                }
                return Err(error);
            }
        };
        let digits = digits.trim_start_matches('0');
        if digits.len() > 64 {
            return Err(E::custom("it is 2^256 or more"));
        }
        if digits.is_empty() {
            return Ok(Big::default());
        }
        BigUint::from_str_radix(digits, 16)
            .map(Big)
            .map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Big, E> {
        Ok(Big(number.into()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Big, E> {
        u64::try_from(number)
            .map(Big::from)
            .map_err(|_| E::custom("it is negative"))
    }

    // With serde_json's arbitrary precision, numbers beyond u64 arrive as a map that holds their
    // digits, floats among them.
    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Big, A::Error> {
        let number =
            serde_json::Number::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                .map_err(|_| serde::de::Error::invalid_type(serde::de::Unexpected::Map, &self))?;
        let text = number.to_string();
        if text.len() > DECIMAL_DIGITS_MAX || !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(serde::de::Error::custom(
                "it is no natural number below 2^256",
            ));
        }
        BigUint::from_str_radix(&text, 10)
            .map(bounded)
            .map_err(serde::de::Error::custom)?
    }
}

/// 2^256 has 78 decimal digits.
const DECIMAL_DIGITS_MAX: usize = 78;

fn bounded<E: serde::de::Error>(number: BigUint) -> Result<Big, E> {
    if number.bits() > 256 {
        return Err(E::custom("it is 2^256 or more"));
    }
    Ok(Big(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    #[test]
    fn quantities() {
        for (text, number) in [
            ("\"0x0\"", 0),
            ("\"0x00ff\"", 255),
            ("7", 7),
            ("\"12\"", 12),
            ("18446744073709551615", u64::MAX),
            ("\"0xffffffffffffffff\"", u64::MAX),
        ] {
            assert_eq!(Quantity::read(text), Ok(Quantity(number)), "{text}");
        }
        for text in [
            "\"0x\"",
            "\"\"",
            "\"x\"",
            "-1",
            "1.5",
            "1e3",
            "null",
            "[]",
            "{}",
            "true",
            "18446744073709551616",
            "\"0x10000000000000000\"",
        ] {
            assert!(Quantity::read(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::to_string(&Quantity(0)).unwrap(), "\"0x0\"");
        assert_eq!(serde_json::to_string(&Quantity(400)).unwrap(), "\"0x190\"");
    }

    #[test]
    fn big_numbers_end_at_256_bits() {
        let max = format!("\"0x{}\"", "f".repeat(64));
        assert_eq!(
            serde_json::to_string(&Big::read(&max).unwrap()).unwrap(),
            max
        );
        assert!(Big::read(&format!("\"0x1{}\"", "0".repeat(64))).is_err());
        assert!(Big::read(&"9".repeat(78)).is_err());
        assert!(Big::read(&"9".repeat(77)).is_ok());
    }
}
