//! Chains for a machine to stand on, and a verifier.

use atoll_vm::{Externs, Verifier};
use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};
use multihash_codetable::{Code, MultihashDigest};

/// Answers nothing.
pub struct NoChain;

impl Externs for NoChain {
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

/// The chain that the scenarios in `vectors/` were recorded on: every answer is a hash of the
/// question.
pub struct HashedChain;

fn digest(of: &str, epoch: ChainEpoch) -> [u8; 32] {
    let question = [of.as_bytes(), &epoch.to_be_bytes()].concat();
    Code::Blake2b256
        .digest(&question)
        .digest()
        .try_into()
        .expect("32 bytes")
}

impl Externs for HashedChain {
    fn chain_randomness(&self, epoch: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        Ok(digest("chain", epoch))
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        Ok(digest("beacon", epoch))
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> anyhow::Result<Cid> {
        // Every tenth round was null.
        let epoch = if epoch.rem_euclid(10) == 7 {
            epoch - 1
        } else {
            epoch
        };
        let hash = Code::Blake2b256.wrap(&digest("tipset", epoch))?;
        Ok(Cid::new_v1(DAG_CBOR, hash))
    }
}

/// Cannot check a proof, finds none of many seals valid, and sees no fault.
pub struct NoProofs;

impl Verifier for NoProofs {
    fn verify_seal(&self, _: &SealVerifyInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> anyhow::Result<Vec<bool>> {
        Ok(vec![false; infos.len()])
    }

    fn verify_aggregate_seals(&self, _: &AggregateSealVerifyProofAndInfos) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> anyhow::Result<(Option<ConsensusFault>, u64)> {
        Ok((None, 0))
    }
}
