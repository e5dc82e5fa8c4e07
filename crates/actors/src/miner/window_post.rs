//! Proving that sectors are still there: once a period, while their deadline is open.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use fvm_shared::randomness::{RANDOMNESS_LENGTH, Randomness};
use fvm_shared::sector::{PoStProof, SectorInfo, WindowPoStVerifyInfo};

use super::calls::{own_address, update_power};
use super::creation::check_post_proof;
use super::deadline_info::DeadlineInfo;
use super::info::MinerInfo;
use super::partition::Scope;
use super::power::PowerPair;
use super::sector::SectorOnChainInfo;
use super::state::{State, check_balance_now};
use super::types::SubmitWindowedPoStParams;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::randomness::{Purpose, from_beacon, from_tickets};
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// 5: proves partitions of the deadline that is open. Controllers.
///
/// The proof is taken on trust and kept for disputes, unless it restores power: then it is
/// verified at once.
pub(super) fn submit_windowed_post(
    rt: &dyn Runtime,
    params: SubmitWindowedPoStParams,
) -> Result<(), ActorError> {
    let proof = check_params(rt.policy(), &params)?.clone();
    let power_delta = transaction(rt, |state: &mut State| {
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let info = state.load_info(store)?;
        let proof_bytes_max = info
            .window_post_proof_type
            .proof_size()
            .or_illegal_state("the size of a window proof")?;
        callers::one_of_addresses(rt, info.controllers())?;
        check_proof(policy, &info, &params, &proof, proof_bytes_max)?;
        let open = state.current_deadline_info(policy, now);
        check_time(rt, &open, &params)?;

        let table = state.load_sectors(store)?;
        let mut deadlines = state.load_deadlines(store)?;
        let mut deadline = deadlines.get(store, params.deadline)?;
        let scope = Scope {
            store,
            sector_size: info.sector_size,
            quant: open.quantization(),
        };
        let fault_expiration = open.last() + policy.fault_age_max;
        let proven =
            deadline.record_proven_sectors(scope, &table, fault_expiration, &params.partitions)?;
        if (&proven.sectors - &proven.ignored).is_empty() {
            return Err(ActorError::illegal_argument("a proof of nothing"));
        }
        if proven.recovered_power.is_zero() {
            deadline.record_post_proofs(store, proven.partitions, vec![proof])?;
        } else {
            let sectors = table.load_for_proof(&proven.sectors, &proven.ignored)?;
            if !verify_post(rt, open.challenge, &sectors, vec![proof])? {
                return Err(ActorError::illegal_argument("the proof is wrong"));
            }
        }
        deadlines.set(store, params.deadline, &deadline)?;
        state.save_deadlines(store, &deadlines)?;
        Ok::<PowerPair, _>(proven.power_delta)
    })?;
    update_power(rt, power_delta)?;
    check_balance_now(rt).map(|_| ())
}

/// What can be checked without the state: 16 if anything is wrong. Returns the proof.
fn check_params<'p>(
    policy: &Policy,
    params: &'p SubmitWindowedPoStParams,
) -> Result<&'p PoStProof, ActorError> {
    let [proof] = params.proofs.as_slice() else {
        return Err(ActorError::illegal_argument("exactly one proof"));
    };
    check_post_proof(policy, proof.post_proof)?;
    if params.deadline >= policy.period_deadlines {
        return Err(ActorError::illegal_argument(format!(
            "no deadline {}",
            params.deadline
        )));
    }
    if params.chain_commit_rand.0.len() > RANDOMNESS_LENGTH {
        return Err(ActorError::illegal_argument("the ticket is too long"));
    }
    Ok(proof)
}

fn check_proof(
    policy: &Policy,
    info: &MinerInfo,
    params: &SubmitWindowedPoStParams,
    proof: &PoStProof,
    bytes_max: usize,
) -> Result<(), ActorError> {
    if proof.post_proof != info.window_post_proof_type {
        return Err(ActorError::illegal_argument(
            "a proof of another kind than the miner's",
        ));
    }
    let partition_count = params.partitions.len();
    if proof.proof_bytes.len() > bytes_max.saturating_mul(partition_count) {
        return Err(ActorError::illegal_argument("the proof is too large"));
    }
    let partitions_max = addressed_partitions_max(policy, info).min(policy.posted_partitions_max);
    if partition_count as u64 > partitions_max {
        return Err(ActorError::illegal_argument(format!(
            "{partition_count} partitions at once"
        )));
    }
    Ok(())
}

/// How many partitions one message may name, if all their sectors are to be loaded.
pub(super) fn addressed_partitions_max(policy: &Policy, info: &MinerInfo) -> u64 {
    let sectors = policy.addressed_sectors_max / info.window_post_partition_sectors;
    sectors.min(policy.addressed_partitions_max)
}

/// The proof is for the deadline that is open, and was made on this fork after its challenge was
/// known.
fn check_time(
    rt: &dyn Runtime,
    open: &DeadlineInfo,
    params: &SubmitWindowedPoStParams,
) -> Result<(), ActorError> {
    if !open.is_open() {
        return Err(ActorError::illegal_state("no deadline is open"));
    }
    if params.deadline != open.index {
        return Err(ActorError::illegal_argument(format!(
            "deadline {} is open",
            open.index
        )));
    }
    let committed = params.chain_commit_epoch;
    if committed < open.challenge {
        return Err(ActorError::illegal_argument(
            "the ticket is older than the challenge",
        ));
    }
    if committed >= rt.network().epoch {
        return Err(ActorError::illegal_argument("a ticket of the future"));
    }
    let ticket = from_tickets(rt, Purpose::PoStChainCommit, committed, &[])?;
    if ticket[..] != params.chain_commit_rand.0[..] {
        return Err(ActorError::illegal_argument("a ticket of another chain"));
    }
    Ok(())
}

/// Is this a proof over these sectors, challenged at that epoch?
pub(super) fn verify_post(
    rt: &dyn Runtime,
    challenge_epoch: ChainEpoch,
    sectors: &[SectorOnChainInfo],
    proofs: Vec<PoStProof>,
) -> Result<bool, ActorError> {
    let entropy = fvm_ipld_encoding::to_vec(&own_address(rt))
        .or_exit(ExitCode::USR_SERIALIZATION, "own address")?;
    let purpose = Purpose::WindowedPoStChallengeSeed;
    let randomness = from_beacon(rt, purpose, challenge_epoch, &entropy)?;
    let challenged_sectors = sectors
        .iter()
        .map(|sector| SectorInfo {
            proof: sector.seal_proof,
            sector_number: sector.sector_number,
            sealed_cid: sector.sealed_cid,
        })
        .collect();
    rt.verify_post(&WindowPoStVerifyInfo {
        randomness: Randomness(randomness.to_vec()),
        proofs,
        challenged_sectors,
        prover: rt.message().receiver,
    })
}
