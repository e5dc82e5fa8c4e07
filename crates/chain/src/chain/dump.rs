//! The state of the head in an archive, and from one.
//!
//! This is what `anvil_dumpState` and `anvil_loadState` are for: accounts and contracts as they
//! are, without the chain that led to them. A whole chain is an [`crate::archive`].

use atoll_vm::{Fatal, OrFatal};
use cid::Cid;
use fvm_shared::clock::ChainEpoch;
use multihash_codetable::{Code, MultihashDigest};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::Chain;
use crate::car::{self, CarError};
use crate::disk::Change;
use crate::signed::cbor;
use crate::tipset::Tipset;
use crate::walk::{Seen, walk};

/// The layout of the first block.
const VERSION: u64 = 1;
/// Null rounds are not free: each has its cron.
const EPOCHS_AHEAD_MAX: ChainEpoch = 1_000_000;

/// What the root of the archive says.
#[derive(Serialize_tuple, Deserialize_tuple)]
struct Dump {
    version: u64,
    epoch: ChainEpoch,
    state_root: Cid,
}

/// Why a dump can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no archive.
    #[error("{0}")]
    Car(#[from] CarError),
    /// It holds something else.
    #[error("this is not a state that was dumped by Atoll")]
    NoDump,
    /// It is of another version.
    #[error("the dump has version {0}, not {VERSION}")]
    Version(u64),
    /// Parts of it are nowhere.
    #[error("{0} blocks of the state are neither in the dump nor here")]
    Missing(u64),
    /// Its actors are not those of this chain.
    #[error("the dump is of a chain with other built-in actors")]
    OtherActors,
    /// It is of an epoch that this chain will not reach.
    #[error("the dump is of epoch {0}, which is too far from here")]
    TooFar(ChainEpoch),
    /// The node could not do it.
    #[error("{0}")]
    Fatal(#[from] Fatal),
}

impl Chain {
    /// The head's state: a CAR archive of everything below its root.
    pub fn dump_state(&self) -> Result<Vec<u8>, Fatal> {
        let _worker = self.worker();
        let head = self.head();
        let dump = cbor(&Dump {
            version: VERSION,
            epoch: head.epoch(),
            state_root: head.state_root,
        });
        let root = Cid::new_v1(fvm_ipld_encoding::DAG_CBOR, Code::Blake2b256.digest(&dump));
        let mut archive = Vec::new();
        car::write_header(&mut archive, &[root]).or_fatal("dumping the state")?;
        car::write_block(&mut archive, &root, &dump).or_fatal("dumping the state")?;
        let mut put = |cid: &Cid, data: &[u8]| {
            car::write_block(&mut archive, cid, data).or_fatal("dumping the state")
        };
        let missing = walk(
            &*self.parts.blocks,
            &head.state_root,
            &mut Seen::default(),
            &mut put,
        )?;
        match missing {
            0 => Ok(archive),
            _ => Err(Fatal::new(format!(
                "{missing} blocks of the state are missing"
            ))),
        }
    }

    /// Makes a dumped state the head's. If it is of a later epoch than the head, null rounds and a
    /// tipset come before, given the time: actors remember epochs, and time never runs backwards.
    pub fn load_state(&self, archive: &[u8], now: u64) -> Result<(), LoadError> {
        let archive = car::read(archive)?;
        let [root] = archive.roots[..] else {
            return Err(LoadError::NoDump);
        };
        let first = archive.blocks.iter().find(|(cid, _)| *cid == root);
        let (_, dump) = first.ok_or(LoadError::NoDump)?;
        let dump: Dump = fvm_ipld_encoding::from_slice(dump).map_err(|_| LoadError::NoDump)?;
        if dump.version != VERSION {
            return Err(LoadError::Version(dump.version));
        }
        for (cid, data) in &archive.blocks {
            let put = self.parts.blocks.put_keyed(cid, data);
            put.or_fatal("taking in a block")?;
        }
        let state_root = &dump.state_root;
        let mut nothing = |_: &Cid, _: &[u8]| Ok(());
        match walk(
            &*self.parts.blocks,
            state_root,
            &mut Seen::default(),
            &mut nothing,
        )? {
            0 => {}
            missing => return Err(LoadError::Missing(missing)),
        }
        self.check_actors(state_root)?;

        let ahead = dump.epoch.saturating_sub(self.head().epoch());
        if ahead > EPOCHS_AHEAD_MAX {
            return Err(LoadError::TooFar(dump.epoch));
        }
        if let Some(null_rounds) = u64::try_from(ahead).ok().and_then(|n| n.checked_sub(1)) {
            self.mine_after(now, null_rounds)?;
        }
        // Whoever mines next opens its machine at the new root.
        let _worker = self.worker();
        let loaded = Tipset {
            state_root: *state_root,
            ..(*self.head()).clone()
        };
        self.keep(&[Change::Put(&loaded)])?;
        self.history.write().push(loaded.into())?;
        Ok(())
    }

    /// Can this chain's machine go on from a state?
    fn check_actors(&self, state_root: &Cid) -> Result<(), LoadError> {
        let head = self.head();
        let terms = self.terms();
        let context = terms.context(head.epoch(), head.timestamp(), head.base_fee());
        let ours = self.open(&self.parts.blocks, &head.state_root, context.clone())?;
        let theirs = self.open(&self.parts.blocks, state_root, context)?;
        match ours.manifest().cid == theirs.manifest().cid {
            true => Ok(()),
            false => Err(LoadError::OtherActors),
        }
    }
}
