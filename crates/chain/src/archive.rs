//! A whole chain in one file, and from it: a CAR of its states, blocks and messages, with the
//! records of its tipsets.
//!
//! The first root is the head's block, as Filecoin's nodes have it. The second is our own index:
//! what the chain is, and the record of every tipset. A record links to the tipset's states,
//! header and events, so that whatever hangs below the index is the chain.

use std::io::Write;
use std::sync::Arc;

use atoll_vm::{Fatal, OrFatal};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{DAG_CBOR, from_slice};
use fvm_shared::clock::ChainEpoch;
use multihash_codetable::{Code, MultihashDigest};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::car::{self, Car};
use crate::chain::{Chain, Parts};
use crate::disk::{ChainRecord, Change};
use crate::hash::Hash;
use crate::history::History;
use crate::record::{self, TermsRecord};
use crate::signed::cbor;
use crate::tipset::Tipset;
use crate::walk::{Seen, walk};

/// The layout of the index.
const VERSION: u64 = 1;

/// The root of a chain in a file.
#[derive(Serialize_tuple, Deserialize_tuple)]
struct Index {
    version: u64,
    network_name: String,
    terms: TermsRecord,
    beacon: Vec<(ChainEpoch, Hash)>,
    tipsets: Vec<Cid>,
}

/// Why a file is no chain.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It holds no chain that was written here.
    #[error("the archive has no chain of Atoll in it")]
    NoIndex,
    /// Written by another version.
    #[error("the archive has version {0}, not {VERSION}")]
    Version(u64),
    /// Something is not there.
    #[error("the archive lacks {0}")]
    Missing(String),
    /// The node is in trouble, or the file is.
    #[error("{0}")]
    Fatal(#[from] Fatal),
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// How many tipsets.
    pub tipsets: usize,
    /// How many blocks of data.
    pub blocks: u64,
    /// How many blocks were linked, but are not there any more: those of pruned states.
    pub missing: u64,
}

impl Chain {
    /// Writes the whole chain. Tipsets that are made meanwhile are not in it.
    pub fn save(&self, out: &mut dyn Write) -> Result<Written, Fatal> {
        let (head, beacon) = {
            let history = self.history.read();
            (history.head().clone(), history.beacon.clone())
        };
        let mut records = Vec::new();
        for tipset in self.tipsets(self.genesis().epoch()..=head.epoch()) {
            records.push(record_cid(&record::encode(&tipset)));
        }
        self.history.read().check()?;
        let index = cbor(&Index {
            version: VERSION,
            network_name: self.network_name().to_owned(),
            terms: (&self.terms()).into(),
            beacon: beacon
                .into_iter()
                .map(|(epoch, value)| (epoch, Hash(value)))
                .collect(),
            tipsets: records,
        });
        let root = record_cid(&index);
        let broken = "writing the archive";
        car::write_header(&mut *out, &[head.block, root]).or_fatal(broken)?;
        car::write_block(&mut *out, &root, &index).or_fatal(broken)?;
        let mut written = Written {
            blocks: 1,
            ..Written::default()
        };
        let mut seen = Seen::default();
        for tipset in self.tipsets(self.genesis().epoch()..=head.epoch()) {
            let record = record::encode(&tipset);
            car::write_block(&mut *out, &record_cid(&record), &record).or_fatal(broken)?;
            written.tipsets += 1;
            written.blocks += 1;
            for root in roots(&tipset) {
                let mut blocks = 0;
                written.missing += walk(self.own_blocks(), &root, &mut seen, &mut |cid, data| {
                    blocks += 1;
                    car::write_block(&mut *out, cid, data).or_fatal(broken)
                })?;
                written.blocks += blocks;
            }
        }
        out.flush().or_fatal(broken)?;
        Ok(written)
    }

    /// Goes on with a chain in a file. Nothing else may be on the disk, if there is one.
    pub fn restore(parts: Parts, car: &Car) -> Result<Self, ArchiveError> {
        let block = |cid: &Cid| {
            let mut blocks = car.blocks.iter();
            blocks
                .find(|(found, _)| found == cid)
                .map(|(_, data)| data.as_slice())
        };
        let roots = car.roots.iter().rev().filter_map(block);
        let mut index = roots.filter_map(|data| from_slice::<Index>(data).ok());
        let index = index.next().ok_or(ArchiveError::NoIndex)?;
        if index.version != VERSION {
            return Err(ArchiveError::Version(index.version));
        }
        let by_cid: std::collections::HashMap<&Cid, &[u8]> = car
            .blocks
            .iter()
            .map(|(cid, data)| (cid, data.as_slice()))
            .collect();
        for (at, (cid, data)) in car.blocks.iter().enumerate() {
            parts
                .blocks
                .put_keyed(cid, data)
                .or_fatal("taking in a block")?;
            // What waits for the disk is in memory until it is there.
            if let (Some(disk), 0) = (&parts.disk, at % BLOCKS_AT_ONCE) {
                disk.commit(&[])?;
            }
        }
        let mut history: Option<History> = None;
        for cid in &index.tipsets {
            let record = by_cid
                .get(cid)
                .ok_or_else(|| ArchiveError::Missing(format!("the record {cid}")))?;
            let tipset = Arc::new(record::decode(record)?);
            if let Some(disk) = &parts.disk {
                disk.commit(&[Change::Put(&tipset)])?;
            }
            match &mut history {
                None => history = Some(History::new(tipset, parts.disk.clone())?),
                Some(history) => history.push(tipset)?,
            }
        }
        let mut history = history.ok_or_else(|| ArchiveError::Missing("a genesis".to_owned()))?;
        history.beacon = index
            .beacon
            .into_iter()
            .map(|(epoch, Hash(value))| (epoch, value))
            .collect();
        let head = history.head().state_root;
        if !parts
            .blocks
            .has(&head)
            .or_fatal("looking for the head's state")?
        {
            return Err(ArchiveError::Missing(format!("the head's state {head}")));
        }
        // A folder is a chain's from here on, and not before.
        if let Some(disk) = &parts.disk {
            let record = ChainRecord {
                version: ChainRecord::VERSION,
                network_name: index.network_name.clone(),
                terms: index.terms.clone(),
            };
            disk.commit(&[Change::Beacon(&history.beacon), Change::Chain(&record)])?;
        }
        Ok(Self::with(
            parts,
            index.network_name,
            index.terms.into(),
            history,
        ))
    }

    /// Forgets every block of data that the last so many tipsets do not need: the states before
    /// them. Tipsets, messages, receipts and events stay. Returns how many blocks are gone.
    ///
    /// Whoever looks at an old state meanwhile may find a block of it missing.
    pub fn prune(&self, states_kept: usize) -> Result<usize, Fatal> {
        let _worker = self.worker();
        let head = self.head();
        let first = {
            let history = self.history.read();
            let mut epochs = history.epochs(0..=head.epoch()).rev();
            epochs.nth(states_kept.max(1) - 1).unwrap_or_default()
        };
        let mut seen = Seen::default();
        let blocks = self.own_blocks();
        let mut mark = |root: &Cid| walk(blocks, root, &mut seen, &mut |_, _| Ok(())).map(|_| ());
        for tipset in self.tipsets(self.genesis().epoch()..=head.epoch()) {
            if tipset.epoch() >= first {
                mark(&tipset.header.parent_state_root)?;
                mark(&tipset.executed_root)?;
                mark(&tipset.state_root)?;
            }
            for root in lists(&tipset) {
                mark(&root)?;
            }
        }
        self.history.read().check()?;
        for snapshot in self.snapshot_roots() {
            mark(&snapshot)?;
        }
        // A header links to its parents and so to all states: it is kept, not walked.
        let mut headers = Seen::default();
        for tipset in self.tipsets(self.genesis().epoch()..=head.epoch()) {
            headers.insert(&tipset.block);
            headers.insert(&tipset.key);
        }
        let wanted = |short: &[u8; 16]| seen.has(short) || headers.has(short);
        let gone = match (&self.parts.disk, &self.parts.spilled) {
            (Some(disk), _) => disk.retain(&wanted)?,
            (None, Some(spilled)) => spilled.retain(&wanted)?,
            (None, None) => 0,
        };
        self.forget_idle();
        Ok(gone)
    }
}

impl Chain {
    /// The blocks that are here. A fork must not fetch all of the other chain to look through
    /// its own.
    fn own_blocks(&self) -> &dyn Blockstore {
        match (&self.parts.disk, &self.parts.spilled) {
            (Some(disk), _) => &**disk,
            (None, Some(spilled)) => &**spilled,
            (None, None) => &*self.parts.blocks,
        }
    }
}

/// So many blocks of an archive go to the disk at once.
const BLOCKS_AT_ONCE: usize = 10_000;

fn record_cid(data: &[u8]) -> Cid {
    Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(data))
}

/// What hangs below a tipset and is a block of data itself.
fn roots(tipset: &Tipset) -> Vec<Cid> {
    let mut roots = vec![
        tipset.block,
        tipset.key,
        tipset.executed_root,
        tipset.state_root,
    ];
    roots.extend(lists(tipset));
    roots
}

/// The lists of a tipset: its messages, their receipts and events.
fn lists(tipset: &Tipset) -> impl Iterator<Item = Cid> {
    let events = tipset.messages.iter();
    let events = events.filter_map(|executed| executed.receipt.events_root);
    [tipset.header.messages, tipset.receipts_root]
        .into_iter()
        .chain(events)
}
