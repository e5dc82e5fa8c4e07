//! What the tests of the machine share: the recorded genesis, and a chain that answers nothing.

#![allow(dead_code, reason = "each test file uses a part")]

use std::io::Read;
use std::sync::Arc;

use atoll_vm::{Externs, MemoryStore, Verifier};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};

/// Where the recorded vectors are.
pub(crate) const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors");

/// The recorded genesis: its blocks and its root.
pub(crate) fn genesis() -> (Arc<MemoryStore>, Cid) {
    let file = std::fs::File::open(format!("{VECTORS}/genesis.car.gz")).expect("it is in the repo");
    let mut car = Vec::new();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut car)
        .expect("it is a gzip");
    let store = MemoryStore::new();
    let mut rest = car.as_slice();
    let header = section(&mut rest);
    // {"roots": [root], "version": 1}: the only CID in the header is the root.
    let tag = [0xd8, 0x2a, 0x58, 0x27];
    let start = header
        .windows(tag.len())
        .position(|w| w == tag)
        .expect("a CID")
        + tag.len()
        + 1;
    let root = Cid::read_bytes(&header[start..]).expect("a CID");
    while !rest.is_empty() {
        let mut block = section(&mut rest);
        let cid = Cid::read_bytes(&mut block).expect("a CID");
        store.put_keyed(&cid, block).expect("it is in memory");
    }
    (Arc::new(store), root)
}

/// The next section of a CAR: its length as a varint, and that many bytes.
fn section<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let mut len = 0;
    for shift in (0..).step_by(7) {
        let (&byte, tail) = rest.split_first().expect("a whole section");
        *rest = tail;
        len |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    let (section, tail) = rest.split_at(len);
    *rest = tail;
    section
}

/// A chain and a verifier that answer nothing.
pub(crate) struct Nothing;

impl Externs for Nothing {
    fn chain_randomness(&self, _: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        anyhow::bail!("no randomness")
    }

    fn beacon_randomness(&self, _: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        anyhow::bail!("no randomness")
    }

    fn tipset_cid(&self, _: ChainEpoch) -> anyhow::Result<Cid> {
        anyhow::bail!("no chain")
    }
}

impl Verifier for Nothing {
    fn verify_seal(&self, _: &SealVerifyInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs")
    }

    fn batch_verify_seals(&self, _: &[SealVerifyInfo]) -> anyhow::Result<Vec<bool>> {
        anyhow::bail!("no proofs")
    }

    fn verify_aggregate_seals(&self, _: &AggregateSealVerifyProofAndInfos) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs")
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs")
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs")
    }

    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> anyhow::Result<(Option<ConsensusFault>, u64)> {
        anyhow::bail!("no proofs")
    }
}
