//! What stands around the machine here: a chain whose answers are hashes of the questions, and a
//! verifier that refuses one proof.

use anyhow::Result;
use atoll_vm::{Externs, Verifier};
use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::{ConsensusFault, ConsensusFaultType};
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};
use multihash_codetable::{Code, MultihashDigest};

/// The proof that is wrong; all others are right.
pub(crate) const WRONG_PROOF: &[u8] = b"i_am_invalid_post";

pub(crate) struct Chain;

pub(crate) fn blake2b(data: &[u8]) -> [u8; 32] {
    let hash = Code::Blake2b256.digest(data);
    hash.digest().try_into().expect("blake2b-256 has 32 bytes")
}

fn answer(of: &str, epoch: ChainEpoch) -> [u8; 32] {
    blake2b(&[of.as_bytes(), &epoch.to_be_bytes()].concat())
}

/// What actors draw from the ticket of an epoch.
pub(crate) fn draw(purpose: i64, epoch: ChainEpoch, entropy: &[u8]) -> [u8; 32] {
    let ticket = answer("chain", epoch);
    let parts = [
        &purpose.to_be_bytes()[..],
        &ticket,
        &epoch.to_be_bytes(),
        entropy,
    ];
    blake2b(&parts.concat())
}

impl Externs for Chain {
    fn chain_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(answer("chain", epoch))
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(answer("beacon", epoch))
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Cid> {
        let hash = Code::Blake2b256.wrap(&answer("tipset", epoch))?;
        Ok(Cid::new_v1(DAG_CBOR, hash))
    }
}

impl Verifier for Chain {
    fn verify_seal(&self, _: &SealVerifyInfo) -> Result<bool> {
        Ok(true)
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> Result<Vec<bool>> {
        Ok(infos.iter().map(|info| info.proof != WRONG_PROOF).collect())
    }

    fn verify_aggregate_seals(&self, info: &AggregateSealVerifyProofAndInfos) -> Result<bool> {
        Ok(info.proof != WRONG_PROOF)
    }

    fn verify_replica_update(&self, info: &ReplicaUpdateInfo) -> Result<bool> {
        Ok(info.proof != WRONG_PROOF)
    }

    fn verify_post(&self, info: &WindowPoStVerifyInfo) -> Result<bool> {
        Ok(info
            .proofs
            .iter()
            .all(|proof| proof.proof_bytes != WRONG_PROOF))
    }

    /// The first header names who is at fault and when; an empty one nobody.
    fn verify_consensus_fault(
        &self,
        h1: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(Option<ConsensusFault>, u64)> {
        let fault = h1.split_at_checked(8).map(|(epoch, target)| {
            let epoch = i64::from_be_bytes(epoch.try_into().expect("eight bytes"));
            Ok::<_, anyhow::Error>(ConsensusFault {
                target: Address::from_bytes(target)?,
                epoch,
                fault_type: ConsensusFaultType::DoubleForkMining,
            })
        });
        Ok((fault.transpose()?, 0))
    }
}
