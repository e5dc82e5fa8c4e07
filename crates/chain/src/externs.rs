//! What actors may ask about the chain below them.

use anyhow::{Context as _, Result};
use atoll_vm::Externs;
use cid::Cid;
use fvm_shared::clock::ChainEpoch;
use multihash_codetable::{Code, MultihashDigest};

use crate::header::{BeaconEntry, Ticket};
use crate::history::SharedHistory;

/// The chain as its history has it.
#[derive(Debug)]
pub(crate) struct ChainExterns {
    pub(crate) history: SharedHistory,
}

impl Externs for ChainExterns {
    fn chain_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        let history = self.history.read();
        // The genesis stands for everything before it.
        let tipset = history.at_or_before(epoch);
        let tipset = tipset.unwrap_or_else(|| history.genesis().clone());
        history.check().map_err(anyhow::Error::from)?;
        let ticket = tipset.header.ticket.as_ref();
        let proof = ticket.map_or(&[][..], |ticket| &ticket.vrf_proof);
        Ok(blake2b(proof))
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        let history = self.history.read();
        if let Some(value) = history.beacon.get(&epoch) {
            return Ok(*value);
        }
        Ok(blake2b(&beacon_entry(epoch).data))
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Cid> {
        let history = self.history.read();
        let tipset = history.at_or_before(epoch);
        Ok(tipset.context("there is no tipset so far back")?.key)
    }
}

/// The beacon of a dev chain: nobody else has a part in it, so a hash of the epoch serves.
pub(crate) fn beacon_entry(epoch: ChainEpoch) -> BeaconEntry {
    BeaconEntry {
        round: u64::try_from(epoch).unwrap_or_default(),
        data: blake2b(&[b"atoll beacon".as_slice(), &epoch.to_be_bytes()].concat()).to_vec(),
    }
}

/// The ticket of a block: a hash of its parent's and its epoch, in place of a proof that only
/// one producer could make. The branch tells blocks apart that a reorg puts in others' places.
pub(crate) fn ticket(parent: Option<&Ticket>, epoch: ChainEpoch, branch: u64) -> Ticket {
    let parent = parent.map_or(&[][..], |ticket| &ticket.vrf_proof);
    let numbers = [epoch.to_be_bytes(), branch.to_be_bytes()].concat();
    let seed = [b"atoll ticket".as_slice(), parent, &numbers].concat();
    Ticket {
        vrf_proof: blake2b(&seed).to_vec(),
    }
}

/// Blake2b-256.
pub(crate) fn blake2b(data: &[u8]) -> [u8; 32] {
    let digest = Code::Blake2b256.digest(data);
    digest
        .digest()
        .try_into()
        .expect("blake2b-256 has 32 bytes")
}
