//! What seal proofs are over, and the limits on them.

use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::{
    AggregateSealVerifyInfo, AggregateSealVerifyProofAndInfos, RegisteredAggregateProof,
    RegisteredSealProof, SealVerifyInfo, SectorID, SectorNumber,
};

use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::runtime::Runtime;

/// One sealed sector, as its proof sees it.
#[derive(Clone, Debug)]
pub(super) struct SealInput {
    pub(super) number: SectorNumber,
    pub(super) seal_proof: RegisteredSealProof,
    pub(super) ticket: Randomness,
    pub(super) challenge: Randomness,
    /// CommR.
    pub(super) sealed_cid: Cid,
    /// CommD.
    pub(super) unsealed_cid: Cid,
}

impl SealInput {
    /// For a proof of its own.
    pub(super) fn alone(&self, miner: ActorID, proof: &RawBytes) -> SealVerifyInfo {
        SealVerifyInfo {
            registered_proof: self.seal_proof,
            sector_id: SectorID {
                miner,
                number: self.number,
            },
            // The proof knows nothing of deals.
            deal_ids: Vec::new(),
            randomness: self.ticket.clone(),
            interactive_randomness: self.challenge.clone(),
            proof: proof.to_vec(),
            sealed_cid: self.sealed_cid,
            unsealed_cid: self.unsealed_cid,
        }
    }

    fn in_aggregate(&self) -> AggregateSealVerifyInfo {
        AggregateSealVerifyInfo {
            sector_number: self.number,
            randomness: self.ticket.clone(),
            interactive_randomness: self.challenge.clone(),
            sealed_cid: self.sealed_cid,
            unsealed_cid: self.unsealed_cid,
        }
    }
}

/// Verifies one proof for all; 16 if it is wrong.
pub(super) fn verify_aggregate(
    rt: &dyn Runtime,
    miner: ActorID,
    seal_proof: RegisteredSealProof,
    aggregate_proof: RegisteredAggregateProof,
    proof: &RawBytes,
    inputs: &[SealInput],
) -> Result<(), ActorError> {
    let aggregate = AggregateSealVerifyProofAndInfos {
        miner,
        seal_proof,
        aggregate_proof,
        proof: proof.to_vec(),
        infos: inputs.iter().map(SealInput::in_aggregate).collect(),
    };
    if !rt.verify_aggregate_seals(&aggregate)? {
        return Err(ActorError::illegal_argument("the aggregate proof is wrong"));
    }
    Ok(())
}

/// 16 if a proof is larger than its kind can be.
pub(super) fn check_proof_sizes(
    seal_proof: RegisteredSealProof,
    proofs: &[RawBytes],
) -> Result<(), ActorError> {
    let max = seal_proof
        .proof_size()
        .or_illegal_state("the size of a seal proof")?;
    if proofs.iter().any(|proof| proof.len() > max) {
        return Err(ActorError::illegal_argument("a proof is too large"));
    }
    Ok(())
}

/// Kinds of aggregates, with their own limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AggregateKind {
    /// Of pre-committed sectors.
    Interactive,
    /// Of others (FIP-0092).
    NonInteractive,
}

/// 16 if an aggregate has too few or too many sectors, or is too large.
pub(super) fn check_aggregate(
    policy: &Policy,
    kind: AggregateKind,
    sector_count: u64,
    proof: &RawBytes,
) -> Result<(), ActorError> {
    let allowed = match kind {
        AggregateKind::Interactive => policy.aggregated_sectors_min..=policy.aggregated_sectors_max,
        AggregateKind::NonInteractive => policy.ni_sectors_min..=policy.ni_sectors_max,
    };
    if !allowed.contains(&sector_count) {
        return Err(ActorError::illegal_argument(format!(
            "{sector_count} sectors at once"
        )));
    }
    if proof.len() > policy.aggregated_proof_bytes_max {
        return Err(ActorError::illegal_argument(
            "the aggregate proof is too large",
        ));
    }
    Ok(())
}
