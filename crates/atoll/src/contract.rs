//! Reads the state of an EVM actor: its code, its storage, who destroyed it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{BytesDe, BytesSer};
use fvm_ipld_kamt::{AsHashedKey, Config, HashedKey, Kamt};
use fvm_shared::ActorID;
use ipld_core::ipld::Ipld;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The state of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its code.
    pub bytecode: Cid,
    /// The Keccak hash of its code.
    pub bytecode_hash: Vec<u8>,
    /// The root of its storage.
    pub storage: Cid,
    /// How many contracts it has created, plus one.
    pub nonce: u64,
    /// Who destroyed it, and in which message.
    pub tombstone: Option<(ActorID, u64)>,
    /// Its transient storage, and the message that it lives as long as. (Since actors v16.)
    pub transient: Option<(Cid, (ActorID, u64))>,
}

impl Contract {
    /// Reads the state at a head.
    pub fn load(store: &dyn Blockstore, head: &Cid) -> Result<Self> {
        let data = store
            .get(head)?
            .with_context(|| format!("state {head} is not there"))?;
        let Ipld::List(fields) = fvm_ipld_encoding::from_slice(&data)? else {
            bail!("{head} is not the state of a contract");
        };
        Self::parse(fields).with_context(|| format!("{head} is not the state of a contract"))
    }

    fn parse(fields: Vec<Ipld>) -> Option<Self> {
        let (fields, transient) = match <[Ipld; 6]>::try_from(fields) {
            Ok([code, hash, storage, transient, nonce, tombstone]) => {
                ([code, hash, storage, nonce, tombstone], transient)
            }
            // Before actors v16 (FIP-0097) there was no transient storage.
            Err(fields) => (fields.try_into().ok()?, Ipld::Null),
        };
        let [
            Ipld::Link(bytecode),
            Ipld::Bytes(bytecode_hash),
            Ipld::Link(storage),
            Ipld::Integer(nonce),
            tombstone,
        ] = fields
        else {
            return None;
        };
        let tombstone = match tombstone {
            Ipld::Null => None,
            tombstone => Some(message_id(tombstone)?),
        };
        let transient = match transient {
            Ipld::Null => None,
            Ipld::List(fields) => match <[Ipld; 2]>::try_from(fields).ok()? {
                [Ipld::Link(root), lifespan] => Some((root, message_id(lifespan)?)),
                _ => return None,
            },
            _ => return None,
        };
        let nonce = u64::try_from(nonce).ok()?;
        Some(Self {
            bytecode,
            bytecode_hash,
            storage,
            nonce,
            tombstone,
            transient,
        })
    }
}

/// A message by its origin and its sequence number.
fn message_id(ipld: Ipld) -> Option<(ActorID, u64)> {
    let Ipld::List(fields) = ipld else {
        return None;
    };
    match fields[..] {
        [Ipld::Integer(origin), Ipld::Integer(nonce)] => {
            Some((u64::try_from(origin).ok()?, u64::try_from(nonce).ok()?))
        }
        _ => None,
    }
}

/// Reads every slot of a storage.
pub fn slots(store: &dyn Blockstore, root: &Cid) -> Result<BTreeMap<Word, Word>> {
    // How the EVM actor configures its KAMT: keys as they are, one value to a slot.
    let config = Config {
        bit_width: 5,
        min_data_depth: 0,
        max_array_width: 1,
    };
    let store = ByRef(store);
    let kamt: Kamt<_, Word, Word, AsTheyAre> =
        Kamt::load_with_config(root, &store, config).with_context(|| format!("storage {root}"))?;
    let mut slots = BTreeMap::new();
    kamt.for_each(|key, value| {
        slots.insert(*key, *value);
        Ok(())
    })?;
    Ok(slots)
}

/// A word of 32 bytes; on disk and in vectors without its leading zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(pub [u8; 32]);

impl Word {
    /// In hex, without leading zeros but for one byte.
    #[must_use]
    pub fn to_hex(self) -> String {
        let trimmed = self.trimmed();
        hex::encode(if trimmed.is_empty() { &[0] } else { trimmed })
    }

    fn trimmed(&self) -> &[u8] {
        let zeros = self.0.iter().take_while(|byte| **byte == 0).count();
        &self.0[zeros..]
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BytesSer(self.trimmed()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let BytesDe(bytes) = Deserialize::deserialize(deserializer)?;
        let mut word = [0; 32];
        let start = word.len().checked_sub(bytes.len());
        let start = start.ok_or_else(|| D::Error::custom("a word of more than 32 bytes"))?;
        word[start..].copy_from_slice(&bytes);
        Ok(Self(word))
    }
}

enum AsTheyAre {}

impl AsHashedKey<Word, 32> for AsTheyAre {
    fn as_hashed_key(key: &Word) -> Cow<'_, HashedKey<32>> {
        Cow::Borrowed(&key.0)
    }
}

/// The library wants a sized blockstore.
struct ByRef<'a>(&'a dyn Blockstore);

impl Blockstore for ByRef<'_> {
    fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        self.0.get(cid)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> Result<()> {
        self.0.put_keyed(cid, block)
    }
}
