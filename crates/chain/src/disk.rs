//! A chain on disk: blocks of data, and a record of every tipset.
//!
//! What a tipset writes waits in memory until the tipset is done. Then its blocks, its record and
//! the removal of what it replaces go down in one batch, synced before anybody is told. Whatever
//! moment the process dies at, the disk has whole tipsets only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_vm::{Fatal, OrFatal};
use cid::Cid;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::record;
use crate::signed::cbor;
use crate::supply::Supply;
use crate::tipset::Tipset;

/// The layout of the folder. A folder of another version is refused.
const VERSION: u64 = 2;
const CHAIN_KEY: &str = "chain";

/// The folder of a chain.
pub struct Disk {
    database: Database,
    blocks: Keyspace,
    tipsets: Keyspace,
    meta: Keyspace,
    written: Mutex<HashMap<Cid, Arc<[u8]>>>,
}

/// What a chain is, besides its tipsets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub(crate) struct ChainRecord {
    pub(crate) version: u64,
    pub(crate) network_name: String,
    pub(crate) network_version: u32,
    pub(crate) chain_id: u64,
    pub(crate) supply: Supply,
    pub(crate) miner: Address,
    pub(crate) epoch_seconds: u64,
}

/// A change of the chain.
pub(crate) enum Change<'a> {
    /// A tipset on top, or in the place of the head.
    Put(&'a Tipset),
    /// The head is gone.
    Remove(ChainEpoch),
    /// What the chain is.
    Chain(&'a ChainRecord),
}

impl ChainRecord {
    pub(crate) const VERSION: u64 = VERSION;
}

impl Disk {
    /// Opens a folder, or makes it. Another process may not have it open.
    pub fn open(path: &Path) -> Result<Self, Fatal> {
        let database = Database::builder(path)
            .open()
            .or_fatal("opening the folder of the chain (does another node use it?)")?;
        let keyspace = |name| {
            database
                .keyspace(name, KeyspaceCreateOptions::default)
                .or_fatal("opening the folder of the chain")
        };
        Ok(Self {
            blocks: keyspace("blocks")?,
            tipsets: keyspace("tipsets")?,
            meta: keyspace("meta")?,
            written: Mutex::default(),
            database,
        })
    }

    /// Puts changes down, with all blocks that wait: all or nothing.
    pub(crate) fn commit(&self, changes: &[Change<'_>]) -> Result<(), Fatal> {
        // What others write meanwhile waits for the next batch.
        let waiting = self.written().clone();
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        #[expect(
            clippy::iter_over_hash_type,
            reason = "keys of a set: their order is lost anyway"
        )]
        for (cid, data) in &waiting {
            batch.insert(&self.blocks, cid.to_bytes(), &data[..]);
        }
        for change in changes {
            match change {
                Change::Put(tipset) => {
                    batch.insert(&self.tipsets, key(tipset.epoch()), record::encode(tipset));
                }
                Change::Remove(epoch) => batch.remove(&self.tipsets, key(*epoch)),
                Change::Chain(chain) => batch.insert(&self.meta, CHAIN_KEY, cbor(chain)),
            }
        }
        batch
            .commit()
            .or_fatal("writing to the folder of the chain")?;
        // Until here, whoever reads has them from memory.
        self.written().retain(|cid, _| !waiting.contains_key(cid));
        Ok(())
    }

    /// What chain is in the folder; `None` if it is new.
    pub(crate) fn chain(&self) -> Result<Option<ChainRecord>, Fatal> {
        let bytes = self
            .meta
            .get(CHAIN_KEY)
            .or_fatal("reading the folder of the chain")?;
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let chain: ChainRecord =
            fvm_ipld_encoding::from_slice(&bytes).or_fatal("decoding what the chain is")?;
        if chain.version != VERSION {
            let words = format!("the folder has version {}, not {VERSION}", chain.version);
            return Err(Fatal::new(words));
        }
        Ok(Some(chain))
    }

    /// Every tipset in the folder, in order.
    pub(crate) fn tipsets(&self, chain_id: u64) -> Result<Vec<Tipset>, Fatal> {
        self.tipsets
            .iter()
            .map(|entry| {
                let value = entry.value().or_fatal("reading a tipset")?;
                record::decode(&value, chain_id)
            })
            .collect()
    }

    fn written(&self) -> MutexGuard<'_, HashMap<Cid, Arc<[u8]>>> {
        // Nothing in a critical section can panic halfway through a change.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In the order of epochs. There are none below zero.
fn key(epoch: ChainEpoch) -> [u8; 8] {
    epoch.to_be_bytes()
}

impl Blockstore for Disk {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        if let Some(data) = self.written().get(cid) {
            return Ok(Some(data.to_vec()));
        }
        Ok(self.blocks.get(cid.to_bytes())?.map(|data| data.to_vec()))
    }

    fn has(&self, cid: &Cid) -> anyhow::Result<bool> {
        Ok(self.written().contains_key(cid) || self.blocks.contains_key(cid.to_bytes())?)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        self.written()
            .entry(*cid)
            .or_insert_with(|| Arc::from(block));
        Ok(())
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disk({} blocks wait)", self.written().len())
    }
}
