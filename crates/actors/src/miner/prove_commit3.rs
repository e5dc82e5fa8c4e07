//! Proving pre-committed sectors, with the data they hold (FIP-0076, FIP-0084).
//!
//! Sectors pass three sieves, each over what the one before left: valid, proven, data activated.
//! The answer tells for each sector which one it fell through; at most the miner may ask that one
//! failure fails all.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::RegisteredAggregateProof;

use super::activation::{
    SectorPieces, activate_new_sectors, activate_pieces, commd_of_pieces, shown_pieces, successes,
};
use super::calls::{own_address, pledge_inputs};
use super::events::sector_activated;
use super::notifications::{SectorNotice, notify_data_consumers};
use super::pre_commit::prove_commit_max;
use super::seals::{
    AggregateKind, SealInput, check_aggregate, check_proof_sizes, verify_aggregate,
};
use super::sector::SectorPreCommitOnChainInfo;
use super::state::State;
use super::types::{
    ProveCommitSectors3Params, ProveCommitSectors3Return, SectorActivationManifest,
};
use crate::batch::BatchReturn;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::randomness::{Purpose, from_beacon, from_tickets};
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// A sector with its pre-commitment.
type Candidate<'p> = (&'p SectorActivationManifest, &'p SectorPreCommitOnChainInfo);

/// 34: proves pre-committed sectors. Controllers.
pub(super) fn prove_commit_sectors3(
    rt: &dyn Runtime,
    params: ProveCommitSectors3Params,
) -> Result<ProveCommitSectors3Return, ActorError> {
    let store = Store::of(rt);
    let state: State = state::load(rt)?;
    let info = state.load_info(store)?;
    callers::one_of_addresses(rt, info.controllers())?;

    let activations = &params.sector_activations;
    let numbers = activations
        .iter()
        .map(|activation| activation.sector_number);
    let pre_commits = state.get_pre_commits(store, numbers)?;
    check_proofs_given(rt, &params, &pre_commits)?;

    let (valid_batch, inputs) = validate(rt, &pre_commits, params.require_activation_success)?;
    require_some(&valid_batch, "valid")?;
    let candidates: Vec<Candidate<'_>> = activations.iter().zip(&pre_commits).collect();
    let valid = successes(&valid_batch, &candidates)?;

    let proven_batch = match params.sector_proofs.is_empty() {
        true => prove_together(rt, &params, &pre_commits, &inputs, valid.len())?,
        false => prove_each(rt, &params, &valid_batch, &inputs)?,
    };
    require_some(&proven_batch, "proven")?;
    let proven: Vec<Candidate<'_>> = successes(&proven_batch, &valid)?
        .into_iter()
        .map(|candidate| **candidate)
        .collect();

    let sectors: Vec<_> = proven.iter().map(with_pieces).collect();
    for (sector, (_, pre_commit)) in sectors.iter().zip(&proven) {
        check_commd(rt, sector, pre_commit)?;
    }
    let (data_batch, data) = activate_pieces(rt, &sectors, params.require_activation_success)?;
    require_some(&data_batch, "activated")?;
    let activated = successes(&data_batch, &proven)?;

    let inputs = pledge_inputs(rt)?;
    let new: Vec<_> = activated
        .iter()
        .map(|(_, pre_commit)| *pre_commit)
        .collect();
    activate_new_sectors(rt, &info, &inputs, &new, &data)?;

    let mut notices = Vec::with_capacity(activated.len());
    for (manifest, pre_commit) in activated {
        let declared = &pre_commit.info;
        notices.push(SectorNotice {
            sector: manifest.sector_number,
            expiration: declared.expiration,
            pieces: &manifest.pieces,
        });
        let pieces = shown_pieces(&manifest.pieces);
        sector_activated(rt, declared.sector_number, declared.unsealed_cid.0, &pieces)?;
    }
    notify_data_consumers(rt, &notices, params.require_notification_success)?;
    stack(&[valid_batch, proven_batch, data_batch]).map(ProveCommitSectors3Return)
}

/// 16 unless there is something to prove, and either a proof for each sector or one for all.
fn check_proofs_given(
    rt: &dyn Runtime,
    params: &ProveCommitSectors3Params,
    pre_commits: &[SectorPreCommitOnChainInfo],
) -> Result<(), ActorError> {
    let wrong = |words: &str| Err(ActorError::illegal_argument(words));
    let Some(first) = pre_commits.first() else {
        return wrong("no sectors");
    };
    if params.sector_proofs.is_empty() == params.aggregate_proof.is_empty() {
        return wrong("either proofs or an aggregate");
    }
    if params.sector_proofs.is_empty() {
        if params.aggregate_proof_type != Some(RegisteredAggregateProof::SnarkPackV2) {
            return wrong("an aggregate must be of SnarkPack V2");
        }
        let count = params.sector_activations.len() as u64;
        let kind = AggregateKind::Interactive;
        return check_aggregate(rt.policy(), kind, count, &params.aggregate_proof);
    }
    if params.aggregate_proof_type.is_some() {
        return wrong("a type of aggregate, but none");
    }
    if params.sector_activations.len() != params.sector_proofs.len() {
        return wrong("a proof for each sector");
    }
    check_proof_sizes(first.info.seal_proof, &params.sector_proofs)
}

/// Which pre-commitments may be proven now. The inputs are those of all, since an aggregate is
/// over the others too.
fn validate(
    rt: &dyn Runtime,
    pre_commits: &[SectorPreCommitOnChainInfo],
    all_or_nothing: bool,
) -> Result<(BatchReturn, Vec<SealInput>), ActorError> {
    let now = rt.network().epoch;
    let mut codes = Vec::with_capacity(pre_commits.len());
    let mut inputs = Vec::with_capacity(pre_commits.len());
    let mut previous_seal = None;
    for pre_commit in pre_commits {
        let declared = &pre_commit.info;
        let due = pre_commit.pre_commit_epoch
            + prove_commit_max(rt.policy(), declared.seal_proof)
                .or_illegal_state("the time for a proof")?;
        let invalid = !declared.deal_ids.is_empty() || now > due;
        if previous_seal
            .replace(declared.seal_proof)
            .is_some_and(|s| s != declared.seal_proof)
        {
            return Err(ActorError::illegal_state("seals of several kinds"));
        }
        inputs.push(seal_input(rt, pre_commit, now)?);
        if invalid && all_or_nothing {
            let words = format!("sector {} can't be proven", declared.sector_number);
            return Err(ActorError::illegal_argument(words));
        }
        codes.push(if invalid {
            ExitCode::USR_ILLEGAL_ARGUMENT
        } else {
            ExitCode::OK
        });
    }
    Ok((BatchReturn::of(codes), inputs))
}

/// What a proof of this sector is over; 18 if its challenge isn't known yet.
fn seal_input(
    rt: &dyn Runtime,
    pre_commit: &SectorPreCommitOnChainInfo,
    now: ChainEpoch,
) -> Result<SealInput, ActorError> {
    let declared = &pre_commit.info;
    let challenge_epoch = pre_commit.pre_commit_epoch + rt.policy().pre_commit_challenge_delay;
    if now <= challenge_epoch {
        return Err(ActorError::forbidden("too early to prove a sector"));
    }
    let entropy = fvm_ipld_encoding::to_vec(&own_address(rt))
        .or_exit(ExitCode::USR_SERIALIZATION, "own address")?;
    let ticket = from_tickets(
        rt,
        Purpose::SealRandomness,
        declared.seal_rand_epoch,
        &entropy,
    )?;
    let purpose = Purpose::InteractiveSealChallengeSeed;
    let challenge = from_beacon(rt, purpose, challenge_epoch, &entropy)?;
    Ok(SealInput {
        number: declared.sector_number,
        seal_proof: declared.seal_proof,
        ticket: Randomness(ticket.to_vec()),
        challenge: Randomness(challenge.to_vec()),
        sealed_cid: declared.sealed_cid,
        unsealed_cid: declared.unsealed_cid.cid(declared.seal_proof)?,
    })
}

/// Verifies a proof for each valid sector.
fn prove_each(
    rt: &dyn Runtime,
    params: &ProveCommitSectors3Params,
    valid_batch: &BatchReturn,
    inputs: &[SealInput],
) -> Result<BatchReturn, ActorError> {
    let miner = rt.message().receiver;
    let seals: Vec<_> = successes(valid_batch, inputs)?
        .into_iter()
        .zip(successes(valid_batch, &params.sector_proofs)?)
        .map(|(input, proof)| input.alone(miner, proof))
        .collect();
    let verified = rt.batch_verify_seals(&seals)?;
    if params.require_activation_success && verified.contains(&false) {
        return Err(ActorError::illegal_argument("a proof is wrong"));
    }
    let code = |right: bool| {
        if right {
            ExitCode::OK
        } else {
            ExitCode::USR_ILLEGAL_ARGUMENT
        }
    };
    Ok(BatchReturn::of(verified.into_iter().map(code)))
}

/// Verifies one proof for all sectors, valid or not; 16 if it is wrong.
fn prove_together(
    rt: &dyn Runtime,
    params: &ProveCommitSectors3Params,
    pre_commits: &[SectorPreCommitOnChainInfo],
    inputs: &[SealInput],
    valid_count: usize,
) -> Result<BatchReturn, ActorError> {
    let first = pre_commits
        .first()
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "sectors")?;
    verify_aggregate(
        rt,
        rt.message().receiver,
        first.info.seal_proof,
        RegisteredAggregateProof::SnarkPackV2,
        &params.aggregate_proof,
        inputs,
    )?;
    Ok(BatchReturn::ok(valid_count as u32))
}

fn with_pieces<'p>((manifest, pre_commit): &Candidate<'p>) -> SectorPieces<'p> {
    SectorPieces {
        number: pre_commit.info.sector_number,
        expiration: pre_commit.info.expiration,
        seal_proof: pre_commit.info.seal_proof,
        pieces: &manifest.pieces,
    }
}

/// 16 if the pieces don't make up the CommD that was pre-committed. Either may be compact.
fn check_commd(
    rt: &dyn Runtime,
    sector: &SectorPieces<'_>,
    pre_commit: &SectorPreCommitOnChainInfo,
) -> Result<(), ActorError> {
    let proof = sector.seal_proof;
    let computed = commd_of_pieces(rt, proof, sector.pieces)?.cid(proof)?;
    if pre_commit.info.unsealed_cid.cid(proof)? != computed {
        let words = format!("sector {}: CommD is not that of the pieces", sector.number);
        return Err(ActorError::illegal_argument(words));
    }
    Ok(())
}

/// 16 if nothing is left.
pub(super) fn require_some(batch: &BatchReturn, what: &str) -> Result<(), ActorError> {
    if batch.success_count == 0 {
        return Err(ActorError::illegal_argument(format!(
            "no sector could be {what}"
        )));
    }
    Ok(())
}

/// What became of each sector, by the batches of the sieves.
pub(super) fn stack(batches: &[BatchReturn]) -> Result<BatchReturn, ActorError> {
    BatchReturn::stack(batches).or_exit(ExitCode::USR_ASSERTION_FAILED, "batches that don't fit")
}
