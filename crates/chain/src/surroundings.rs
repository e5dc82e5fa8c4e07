//! What stands around a machine that is not on a real chain: a made-up chain below it, and a
//! verifier that believes every proof.

use anyhow::Result;
use atoll_vm::{Externs, Verifier};
use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};
use multihash_codetable::{Code, MultihashDigest};

/// A chain whose every answer is a hash of the question. The project's recording was made on it
/// (`vectors/README.md`).
#[derive(Debug)]
pub struct HashedChain;

fn digest(of: &str, epoch: ChainEpoch) -> [u8; 32] {
    let question = [of.as_bytes(), &epoch.to_be_bytes()].concat();
    let hash = Code::Blake2b256.digest(&question);
    hash.digest().try_into().expect("blake2b-256 has 32 bytes")
}

impl Externs for HashedChain {
    fn chain_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(digest("chain", epoch))
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(digest("beacon", epoch))
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Cid> {
        // Every tenth round is null, and answered by the tipset before it.
        let epoch = if epoch.rem_euclid(10) == 7 {
            epoch - 1
        } else {
            epoch
        };
        let hash = Code::Blake2b256.wrap(&digest("tipset", epoch))?;
        Ok(Cid::new_v1(DAG_CBOR, hash))
    }
}

/// Believes every proof and sees no fault, as the recorders of all vectors did.
///
/// Nothing that depends on a proof being refused can be shown with it.
#[derive(Debug)]
pub struct Believer;

impl Verifier for Believer {
    fn verify_seal(&self, _: &SealVerifyInfo) -> Result<bool> {
        Ok(true)
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> Result<Vec<bool>> {
        Ok(vec![true; infos.len()])
    }

    fn verify_aggregate_seals(&self, _: &AggregateSealVerifyProofAndInfos) -> Result<bool> {
        Ok(true)
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> Result<bool> {
        Ok(true)
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> Result<bool> {
        Ok(true)
    }

    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(Option<ConsensusFault>, u64)> {
        Ok((None, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_rounds_have_the_tipset_before_them() {
        let cid = |epoch| HashedChain.tipset_cid(epoch).expect("always answers");
        assert_eq!(cid(17), cid(16));
        assert_ne!(cid(18), cid(17));
        assert_eq!(cid(0).hash().code(), u64::from(Code::Blake2b256));
    }
}
