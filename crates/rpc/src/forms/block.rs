//! Which block a request is about.

use std::fmt;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::{Hash, Quantity, forms};

/// A block by number or by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockTag {
    /// The first block.
    Earliest,
    /// The last block nobody will take back.
    Finalized,
    /// The last block that is very unlikely to be taken back.
    Safe,
    /// The head.
    Latest,
    /// The head, and on it the messages that wait.
    Pending,
    /// The block of an epoch.
    Number(u64),
}

/// A block by number, name or hash (EIP-1898).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockId {
    /// By number or name.
    Tag(BlockTag),
    /// By hash.
    Hash {
        /// The hash.
        hash: Hash,
        /// Must it be on the present chain?
        canonical: bool,
    },
}

impl BlockId {
    /// The block with this hash, if it is on the present chain.
    pub(crate) fn on_chain(hash: Hash) -> Self {
        Self::Hash {
            hash,
            canonical: true,
        }
    }
}

forms! {
    BlockTag: "a block: a number, or earliest, finalized, safe, latest, pending" [String, Number];
    BlockId: "a block: a number, a hash, or earliest, finalized, safe, latest, pending" [String, Number, Object];
}

impl Default for BlockId {
    fn default() -> Self {
        Self::Tag(BlockTag::Latest)
    }
}

impl<'de> Deserialize<'de> for BlockTag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TagVisitor)
    }
}

impl<'de> Deserialize<'de> for BlockId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(IdVisitor)
    }
}

struct TagVisitor;

impl<'de> Visitor<'de> for TagVisitor {
    type Value = BlockTag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block's number or name")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BlockTag, E> {
        Ok(match text {
            "earliest" => BlockTag::Earliest,
            "finalized" => BlockTag::Finalized,
            "safe" => BlockTag::Safe,
            "latest" | "" => BlockTag::Latest,
            "pending" => BlockTag::Pending,
            number => {
                let Quantity(number) =
                    Quantity::deserialize(serde::de::value::StrDeserializer::new(number))?;
                BlockTag::Number(number)
            }
        })
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<BlockTag, E> {
        Ok(BlockTag::Number(number))
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = BlockId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block's number, name or hash")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BlockId, E> {
        // EIP-1898 wants an object around a hash; a bare one cannot be anything else.
        if text.len() == 66 {
            let hash = Hash::deserialize(serde::de::value::StrDeserializer::new(text))?;
            return Ok(BlockId::Hash {
                hash,
                canonical: false,
            });
        }
        TagVisitor.visit_str(text).map(BlockId::Tag)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<BlockId, E> {
        Ok(BlockId::Tag(BlockTag::Number(number)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BlockId, A::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Object {
            block_number: Option<BlockTag>,
            block_hash: Option<Hash>,
            require_canonical: Option<bool>,
        }
        let object = Object::deserialize(MapAccessDeserializer::new(map))?;
        match (object.block_number, object.block_hash) {
            (Some(tag), None) => Ok(BlockId::Tag(tag)),
            (None, Some(hash)) => Ok(BlockId::Hash {
                hash,
                canonical: object.require_canonical.unwrap_or(false),
            }),
            _ => Err(serde::de::Error::custom(
                "it needs either blockNumber or blockHash",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    #[test]
    fn blocks() {
        let hash = format!("0x{}", "ab".repeat(32));
        let by_hash = |canonical| BlockId::Hash {
            hash: Hash::read(&format!("\"{hash}\"")).unwrap(),
            canonical,
        };
        let number = BlockId::Tag(BlockTag::Number(16));
        for (text, block) in [
            ("\"latest\"".to_owned(), BlockId::default()),
            ("\"0x10\"".to_owned(), number),
            ("16".to_owned(), number),
            ("{\"blockNumber\":\"0x10\"}".to_owned(), number),
            (format!("\"{hash}\""), by_hash(false)),
            (
                format!("{{\"blockHash\":\"{hash}\",\"requireCanonical\":true}}"),
                by_hash(true),
            ),
        ] {
            assert_eq!(BlockId::read(&text), Ok(block), "{text}");
        }
        for text in [
            "\"newest\"".to_owned(),
            "{}".to_owned(),
            "-1".to_owned(),
            "1.0".to_owned(),
            "true".to_owned(),
            "[]".to_owned(),
            format!("{{\"blockHash\":\"{hash}\",\"blockNumber\":\"0x1\"}}"),
            format!("\"0x{}\"", "z".repeat(64)),
        ] {
            assert!(BlockId::read(&text).is_err(), "{text}");
        }
    }
}
