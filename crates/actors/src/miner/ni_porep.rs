//! Proving sectors without pre-commitment: non-interactive PoRep (FIP-0092).
//!
//! Such sectors hold no data. Their proof draws its own challenges, so there is nothing to wait
//! for; the ticket only shows that they are of this chain, and may be half a year old. One
//! aggregate proof is for all of them, and the miner chooses the deadline that they go to.

use fvm_ipld_bitfield::BitField;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::{RegisteredAggregateProof, RegisteredSealProof};
use num_traits::Zero;

use super::activation::{require_unlocked, successes};
use super::calls::{burn, notify_pledge_changed, own_address, pledge_inputs};
use super::commd::{CompactCommD, is_sealed_sector};
use super::deadline_info::is_mutable;
use super::events::sector_activated;
use super::info::MinerInfo;
use super::monies::{PledgeInputs, daily_fee};
use super::power::{DealWeight, raw_power};
use super::pre_commit::{check_expiration, wake_cron};
use super::prove_commit3::require_some;
use super::seals::{AggregateKind, SealInput, check_aggregate, verify_aggregate};
use super::sector::{SectorFlags, SectorOnChainInfo};
use super::state::{Collisions, State, check_balance_now};
use super::types::{
    ProveCommitSectorsNIParams, ProveCommitSectorsNIReturn, SectorNIActivationInfo,
};
use crate::batch::BatchReturn;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::policy::SECTOR_NUMBER_MAX;
use crate::randomness::{Purpose, from_tickets};
use crate::runtime::Runtime;
use crate::state::{self, Store, transaction};

/// 36: proves sectors that were not pre-committed. Controllers.
pub(super) fn prove_commit_sectors_ni(
    rt: &dyn Runtime,
    params: ProveCommitSectorsNIParams,
) -> Result<ProveCommitSectorsNIReturn, ActorError> {
    let store = Store::of(rt);
    let state: State = state::load(rt)?;
    let info = state.load_info(store)?;
    check_message(rt, &state, &info, &params)?;

    let (batch, inputs, numbers) = validate(rt, &params)?;
    require_some(&batch, "valid")?;
    let valid = successes(&batch, &params.sectors)?;
    let sealer = valid
        .first()
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "a valid sector")?
        .sealer_id;
    verify_aggregate(
        rt,
        sealer,
        params.seal_proof_type,
        params.aggregate_proof_type,
        &params.aggregate_proof,
        &inputs,
    )?;

    let pledge_inputs = pledge_inputs(rt)?;
    let sectors = new_sectors(rt, &info, &pledge_inputs, params.seal_proof_type, &valid)?;
    let pledge: TokenAmount = sectors.iter().map(|sector| &sector.initial_pledge).sum();
    let (to_burn, was_idle) = transaction(rt, |state: &mut State| {
        let balance = rt.balance()?;
        require_unlocked(state, &balance, &pledge)?;
        let was_idle = !std::mem::replace(&mut state.deadline_cron_active, true);
        // All numbers are used up, also those of sectors that failed.
        state.allocate_sector_numbers(store, &numbers, Collisions::Deny)?;
        let mut table = state.load_sectors(store)?;
        table.store(sectors.iter().cloned())?;
        state.sectors = table.flush()?;
        let (policy, now) = (rt.policy(), rt.network().epoch);
        state.assign_to_deadline(policy, store, now, &info, params.proving_deadline, sectors)?;
        state.add_initial_pledge(&pledge)?;
        Ok((state.repay_all(&balance)?, was_idle))
    })?;
    burn(rt, to_burn)?;
    notify_pledge_changed(rt, &pledge)?;
    let state = check_balance_now(rt)?;
    for sector in &valid {
        sector_activated(rt, sector.sector_number, None, &[])?;
    }
    if was_idle {
        wake_cron(rt, &state)?;
    }
    Ok(ProveCommitSectorsNIReturn(batch))
}

/// What concerns the message as a whole.
fn check_message(
    rt: &dyn Runtime,
    state: &State,
    info: &MinerInfo,
    params: &ProveCommitSectorsNIParams,
) -> Result<(), ActorError> {
    let (policy, now) = (rt.policy(), rt.network().epoch);
    let count = params.sectors.len() as u64;
    check_aggregate(
        policy,
        AggregateKind::NonInteractive,
        count,
        &params.aggregate_proof,
    )?;
    callers::one_of_addresses(rt, info.controllers())?;
    let deadline = params.proving_deadline;
    if deadline >= policy.period_deadlines {
        return Err(ActorError::illegal_argument(format!(
            "no deadline {deadline}"
        )));
    }
    let period_start = state.current_deadline_info(policy, now).period_start;
    if !is_mutable(policy, period_start, deadline, now) {
        return Err(ActorError::forbidden(format!(
            "deadline {deadline} may not change"
        )));
    }
    if info.consensus_fault_active(now) {
        return Err(ActorError::forbidden(
            "no new sectors after a consensus fault",
        ));
    }
    if !policy.ni_proofs.contains(&params.seal_proof_type) {
        return Err(ActorError::illegal_argument(
            "a seal that isn't for this network",
        ));
    }
    if params.aggregate_proof_type != RegisteredAggregateProof::SnarkPackV2 {
        return Err(ActorError::illegal_argument(
            "an aggregate must be of SnarkPack V2",
        ));
    }
    Ok(())
}

/// Which sectors may be proven. The inputs and numbers are those of all.
fn validate(
    rt: &dyn Runtime,
    params: &ProveCommitSectorsNIParams,
) -> Result<(BatchReturn, Vec<SealInput>, BitField), ActorError> {
    let now = rt.network().epoch;
    let unsealed_cid = CompactCommD(None).cid(params.seal_proof_type)?;
    let entropy = fvm_ipld_encoding::to_vec(&own_address(rt))
        .or_exit(ExitCode::USR_SERIALIZATION, "own address")?;
    let mut codes = Vec::with_capacity(params.sectors.len());
    let mut inputs = Vec::with_capacity(params.sectors.len());
    let mut numbers = BitField::new();
    for sector in &params.sectors {
        let number = sector.sector_number;
        let wrong = |words: &str| {
            Err(ActorError::illegal_argument(format!(
                "sector {number}: {words}"
            )))
        };
        if numbers.get(number) {
            return wrong("named twice");
        }
        // The highest number of all doesn't fit in a bit field: exit 24.
        numbers
            .try_set(number)
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "a sector number")?;
        let valid = is_valid(rt, params.seal_proof_type, sector);
        if sector.seal_rand_epoch >= now {
            return wrong("a ticket of the future");
        }
        let purpose = Purpose::SealRandomness;
        let ticket = from_tickets(rt, purpose, sector.seal_rand_epoch, &entropy)?;
        inputs.push(SealInput {
            number: sector.sealing_number,
            seal_proof: params.seal_proof_type,
            ticket: Randomness(ticket.to_vec()),
            // The proof finds its own challenges; this one is a constant.
            challenge: Randomness(vec![1; 32]),
            sealed_cid: sector.sealed_cid,
            unsealed_cid,
        });
        if !valid && params.require_activation_success {
            return wrong("can't be proven");
        }
        codes.push(if valid {
            ExitCode::OK
        } else {
            ExitCode::USR_ILLEGAL_ARGUMENT
        });
    }
    Ok((BatchReturn::of(codes), inputs, numbers))
}

fn is_valid(
    rt: &dyn Runtime,
    seal_proof: RegisteredSealProof,
    sector: &SectorNIActivationInfo,
) -> bool {
    let (policy, now) = (rt.policy(), rt.network().epoch);
    sector.sector_number <= SECTOR_NUMBER_MAX
        && check_expiration(policy, now, now, sector.expiration, seal_proof).is_ok()
        && sector.sealer_id == rt.message().receiver
        && sector.sector_number == sector.sealing_number
        && is_sealed_sector(&sector.sealed_cid)
        && sector.seal_rand_epoch >= now - policy.ni_randomness_lookback_max
}

/// Sectors of the same power, pledge and fee.
fn new_sectors(
    rt: &dyn Runtime,
    info: &MinerInfo,
    inputs: &PledgeInputs,
    seal_proof: RegisteredSealProof,
    valid: &[&SectorNIActivationInfo],
) -> Result<Vec<SectorOnChainInfo>, ActorError> {
    let now = rt.network().epoch;
    let power = raw_power(info.sector_size);
    let initial_pledge = inputs.initial_pledge(&power)?;
    let daily_fee = daily_fee(rt.policy(), &inputs.circulating_supply, &power);
    Ok(valid
        .iter()
        .map(|sector| SectorOnChainInfo {
            sector_number: sector.sector_number,
            seal_proof,
            sealed_cid: sector.sealed_cid,
            deprecated_deal_ids: Vec::new(),
            activation: now,
            expiration: sector.expiration,
            deal_weight: DealWeight::zero(),
            verified_deal_weight: DealWeight::zero(),
            initial_pledge: initial_pledge.clone(),
            expected_day_reward: None,
            expected_storage_pledge: None,
            power_base_epoch: now,
            replaced_day_reward: None,
            sector_key_cid: None,
            flags: SectorFlags::SIMPLE_QA_POWER,
            daily_fee: daily_fee.clone(),
        })
        .collect())
}
