//! A chain on disk: blocks of data, and a record of every tipset.
//!
//! What a tipset writes waits in memory until the tipset is done. Then its blocks, its record and
//! the removal of what it replaces go down in one batch, synced before anybody is told. Whatever
//! moment the process dies at, the disk has whole tipsets only.

mod journals;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_vm::{Fatal, OrFatal};
use cid::Cid;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::clock::ChainEpoch;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::hash::Hash;
use crate::history::{At, named};
use crate::log::Bloom;
use crate::record::{self, TermsRecord};
use crate::signed::cbor;
use crate::spill::short;
use crate::tipset::Tipset;

/// The layout of the folder. A folder of another version is refused.
const VERSION: u64 = 3;
const CHAIN_KEY: &str = "chain";
const BEACON_KEY: &str = "beacon";
const POLICY_KEY: &str = "policy";

/// How much of each keyspace waits in memory for a table of its own, in bytes.
///
/// Whoever opens the folder puts into memory what is in the journals and in no table yet. A journal
/// goes when every keyspace has a table of what is in it. So no keyspace may wait much longer than
/// others, however little is written to it: each gets about as much as is written to it while
/// 16 MiB of blocks are.
const WAITING_MAX: [(&str, u64); 4] = [
    ("blocks", 16 << 20),
    ("tipsets", 2 << 20),
    ("names", 1 << 20),
    // Written so rarely that it would hold every journal of a run.
    ("meta", 0),
];

/// The folder of a chain.
pub struct Disk {
    database: Database,
    blocks: Keyspace,
    tipsets: Keyspace,
    names: Keyspace,
    meta: Keyspace,
    written: Mutex<HashMap<Cid, Arc<[u8]>>>,
}

/// What a chain is, besides its tipsets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub(crate) struct ChainRecord {
    pub(crate) version: u64,
    pub(crate) network_name: String,
    /// What holds from the next tipset on.
    pub(crate) terms: TermsRecord,
}

/// A change of the chain.
pub(crate) enum Change<'a> {
    /// A tipset on top, or in the place of the head.
    Put(&'a Tipset),
    /// The head is gone.
    Remove(&'a Tipset),
    /// What the chain is.
    Chain(&'a ChainRecord),
    /// Every value that was put in the beacon's mouth.
    Beacon(&'a Beacon),
}

/// What the beacon says at some epochs, because a developer says so.
pub(crate) type Beacon = BTreeMap<ChainEpoch, [u8; 32]>;

impl ChainRecord {
    pub(crate) const VERSION: u64 = VERSION;
}

impl Disk {
    /// Opens a folder, or makes it. Another process may not have it open.
    pub fn open(path: &Path) -> Result<Self, Fatal> {
        journals::begin(path).or_fatal("opening the folder of the chain")?;
        let database = Database::builder(path)
            .open()
            .or_fatal("opening the folder of the chain (does another node use it?)")?;
        let keyspace = |(name, waiting_max)| {
            let options = || KeyspaceCreateOptions::default().max_memtable_size(waiting_max);
            database
                .keyspace(name, options)
                .or_fatal("opening the folder of the chain")
        };
        let [blocks, tipsets, names, meta] = WAITING_MAX.map(keyspace);
        Ok(Self {
            blocks: blocks?,
            tipsets: tipsets?,
            names: names?,
            meta: meta?,
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
                    for (name, at) in named(tipset) {
                        batch.insert(&self.names, name.0, place(at));
                    }
                }
                Change::Remove(tipset) => {
                    batch.remove(&self.tipsets, key(tipset.epoch()));
                    for (name, _) in named(tipset) {
                        batch.remove(&self.names, name.0);
                    }
                }
                Change::Chain(chain) => batch.insert(&self.meta, CHAIN_KEY, cbor(chain)),
                Change::Beacon(beacon) => {
                    let values = beacon.iter().map(|(epoch, value)| (*epoch, Hash(*value)));
                    let values: Vec<(ChainEpoch, Hash)> = values.collect();
                    batch.insert(&self.meta, BEACON_KEY, cbor(&values));
                }
            }
        }
        batch
            .commit()
            .or_fatal("writing to the folder of the chain")?;
        // Until here, whoever reads has them from memory.
        self.written().retain(|cid, _| !waiting.contains_key(cid));
        Ok(())
    }

    /// Forgets all blocks but those that are wanted. Returns how many are gone.
    pub(crate) fn retain(&self, wanted: &dyn Fn(&[u8; 16]) -> bool) -> Result<usize, Fatal> {
        /// So many keys are in memory at once.
        const AT_ONCE: usize = 100_000;
        let mut gone = 0;
        let mut unwanted = Vec::new();
        let mut flush = |unwanted: &mut Vec<_>| {
            let mut batch = self
                .database
                .batch()
                .durability(Some(PersistMode::SyncData));
            gone += unwanted.len();
            for key in unwanted.drain(..) {
                batch.remove(&self.blocks, key);
            }
            batch.commit().or_fatal("pruning the folder of the chain")
        };
        for entry in self.blocks.iter() {
            let key = entry.key().or_fatal("reading the list of blocks")?;
            let cid = Cid::read_bytes(&key[..]).or_fatal("the key of a block")?;
            if !wanted(&short(&cid)) {
                unwanted.push(key);
                if unwanted.len() == AT_ONCE {
                    flush(&mut unwanted)?;
                }
            }
        }
        flush(&mut unwanted)?;
        Ok(gone)
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

    /// What the beacon was made to say.
    pub(crate) fn beacon(&self) -> Result<Beacon, Fatal> {
        let bytes = self.meta.get(BEACON_KEY).or_fatal("reading the beacon")?;
        let Some(bytes) = bytes else {
            return Ok(Beacon::new());
        };
        let values: Vec<(ChainEpoch, Hash)> =
            fvm_ipld_encoding::from_slice(&bytes).or_fatal("decoding the beacon")?;
        Ok(values
            .into_iter()
            .map(|(epoch, Hash(value))| (epoch, value))
            .collect())
    }

    /// What the actors of storage go by, by the name that [`Self::set_policy`] gave it.
    pub fn policy(&self) -> Result<Option<String>, Fatal> {
        let name = self.meta.get(POLICY_KEY).or_fatal("reading the policy")?;
        name.map(|name| String::from_utf8(name.to_vec()).or_fatal("reading the policy's name"))
            .transpose()
    }

    /// Notes what the actors of storage go by.
    pub fn set_policy(&self, name: &str) -> Result<(), Fatal> {
        if self.policy()?.as_deref() == Some(name) {
            return Ok(());
        }
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        batch.insert(&self.meta, POLICY_KEY, name);
        batch.commit().or_fatal("noting the policy")
    }

    /// The epoch of every tipset in the folder, in order.
    pub(crate) fn epochs(&self) -> Result<Vec<ChainEpoch>, Fatal> {
        self.tipsets
            .iter()
            .map(|entry| {
                let key = entry.key().or_fatal("reading the list of tipsets")?;
                let key = key.as_ref().try_into().or_fatal("the key of a tipset")?;
                Ok(ChainEpoch::from_be_bytes(key))
            })
            .collect()
    }

    /// The tipset of an epoch.
    pub(crate) fn tipset(&self, epoch: ChainEpoch) -> Result<Option<Tipset>, Fatal> {
        let record = self.tipsets.get(key(epoch)).or_fatal("reading a tipset")?;
        record.map(|record| record::decode(&record)).transpose()
    }

    /// Where the logs of an epoch's tipset are not.
    pub(crate) fn bloom(&self, epoch: ChainEpoch) -> Result<Option<Bloom>, Fatal> {
        let record = self.tipsets.get(key(epoch)).or_fatal("reading a tipset")?;
        record.map(|record| record::bloom(&record)).transpose()
    }

    /// Where a name leads.
    pub(crate) fn locate(&self, name: &Hash) -> Result<Option<At>, Fatal> {
        let found = self.names.get(name.0).or_fatal("looking a name up")?;
        found.map(|found| at(&found)).transpose()
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

/// A message's place after its epoch; a tipset's is its epoch alone.
fn place(at: At) -> Vec<u8> {
    let mut bytes = at.epoch.to_be_bytes().to_vec();
    bytes.extend(at.index.map(u32::to_be_bytes).iter().flatten());
    bytes
}

fn at(bytes: &[u8]) -> Result<At, Fatal> {
    let broken = || Fatal::new("the index of the folder is damaged");
    let (epoch, index) = bytes.split_first_chunk().ok_or_else(broken)?;
    let index = match index {
        [] => None,
        index => Some(index.try_into().map_err(|_| broken())?),
    };
    Ok(At {
        epoch: ChainEpoch::from_be_bytes(*epoch),
        index: index.map(u32::from_be_bytes),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_by_hand_is_there_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let beacon = Beacon::from([(7, [1; 32]), (9, [2; 32])]);
        let disk = Disk::open(folder.path()).expect("a folder");
        assert_eq!(disk.policy().expect("readable"), None);
        assert_eq!(disk.beacon().expect("readable"), Beacon::new());
        disk.set_policy("mainnet").expect("written");
        disk.commit(&[Change::Beacon(&beacon)]).expect("written");
        drop(disk);
        let disk = Disk::open(folder.path()).expect("a folder");
        let policy = disk.policy().expect("readable");
        assert_eq!(policy.as_deref(), Some("mainnet"));
        assert_eq!(disk.beacon().expect("readable"), beacon);
    }
}
