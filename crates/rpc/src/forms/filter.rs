//! Which logs a client wants.

use serde::{Deserialize, Deserializer};

use super::{Address, BlockTag, Hash, forms};

/// `eth_getLogs`' and `eth_newFilter`'s parameter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogFilter {
    pub(crate) from_block: Option<BlockTag>,
    pub(crate) to_block: Option<BlockTag>,
    /// One block instead of a range (EIP-234).
    pub(crate) block_hash: Option<Hash>,
    /// Any of these contracts; empty: all.
    #[serde(default, deserialize_with = "one_or_more")]
    pub(crate) address: Vec<Address>,
    /// For each place: any of these topics; empty: all.
    #[serde(default, deserialize_with = "topics")]
    pub(crate) topics: Vec<Vec<Hash>>,
}

forms! {
    LogFilter: "a filter object" [Object];
}

/// A log has four topics at most, so a fifth place could never match.
const TOPICS_MAX: usize = 4;
/// More contracts or topics a place than anybody asks for at once.
const CHOICES_MAX: usize = 10_000;

impl LogFilter {
    /// Does a log pass? Ranges are not looked at.
    pub(crate) fn passes(&self, address: &Address, topics: &[Hash]) -> bool {
        let right_address = self.address.is_empty() || self.address.contains(address);
        right_address
            && self.topics.len() <= topics.len()
            && self
                .topics
                .iter()
                .zip(topics)
                .all(|(wanted, topic)| wanted.is_empty() || wanted.contains(topic))
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "it must be one value, an array of values, or null"
)]
enum OneOrMore<T> {
    Null,
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn into_vec<E: serde::de::Error>(self) -> Result<Vec<T>, E> {
        match self {
            Self::Null => Ok(Vec::new()),
            Self::One(one) => Ok(vec![one]),
            Self::More(more) if more.len() > CHOICES_MAX => Err(E::custom(format!(
                "there are more than {CHOICES_MAX} choices"
            ))),
            Self::More(more) => Ok(more),
        }
    }
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Address>, D::Error> {
    OneOrMore::deserialize(from)?.into_vec()
}

fn topics<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<Hash>>, D::Error> {
    // A topic may also be an array with null in it, which means: any.
    let places: Option<Vec<OneOrMore<Option<Hash>>>> = Option::deserialize(from)?;
    let places = places.unwrap_or_default();
    if places.len() > TOPICS_MAX {
        return Err(serde::de::Error::custom(format!(
            "there are {} topics; a log has {TOPICS_MAX} at most",
            places.len()
        )));
    }
    places
        .into_iter()
        .map(|place| {
            let choices = place.into_vec()?;
            if choices.contains(&None) {
                return Ok(Vec::new());
            }
            Ok(choices.into_iter().flatten().collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    fn hash(byte: u8) -> Hash {
        super::super::hex::Fixed([byte; 32])
    }

    #[test]
    fn topics_match_by_place() {
        let a = hash(0xaa).to_string();
        let b = hash(0xbb).to_string();
        let check = |topics: &str, log: &[Hash]| {
            let filter = LogFilter::read(&format!("{{\"topics\":{topics}}}")).unwrap();
            filter.passes(&Address::ZERO, log)
        };
        let log = [hash(0xaa), hash(0xbb)];
        assert!(check("[]", &log));
        assert!(check("null", &log));
        assert!(check(&format!("[\"{a}\"]"), &log));
        assert!(check(&format!("[null,\"{b}\"]"), &log));
        assert!(check(&format!("[[],\"{b}\"]"), &log));
        assert!(check(&format!("[[\"{b}\",\"{a}\"]]"), &log));
        assert!(!check(&format!("[\"{b}\"]"), &log));
        assert!(!check("[null,null,null]", &log));
    }

    #[test]
    fn wrong_filters_are_refused() {
        for text in [
            "{\"topics\":[null,null,null,null,null]}",
            "{\"topics\":5}",
            "{\"address\":\"0x12\"}",
            "{\"address\":{}}",
            "{\"fromBlock\":\"newest\"}",
            "[]",
        ] {
            assert!(LogFilter::read(text).is_err(), "{text}");
        }
    }
}
