//! What a miner asks of other actors, and what it tells them.

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::RawBytes;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, MethodNum};
use num_traits::Zero;

use super::monies::{Estimates, PledgeInputs};
use super::power::PowerPair;
use super::types::CronEventPayload;
use crate::batch::BatchReturn;
use crate::error::{ActorError, OrExit};
use crate::market::numbers::{
    BATCH_ACTIVATE_DEALS, ON_MINER_SECTORS_TERMINATE, VERIFY_DEALS_FOR_ACTIVATION,
};
use crate::market::types::{
    BatchActivateDealsParams, BatchActivateDealsReturn, OnMinerSectorsTerminateParams,
    SectorDealActivation, SectorDeals, VerifyDealsForActivationParams,
    VerifyDealsForActivationReturn,
};
use crate::power::{
    CURRENT_TOTAL_POWER, CurrentTotalPowerReturn, ENROLL_CRON_EVENT, EnrollCronEventParams,
    UPDATE_CLAIMED_POWER, UPDATE_PLEDGE_TOTAL, UpdateClaimedPowerParams,
};
use crate::reward::{THIS_EPOCH_REWARD, ThisEpochRewardReturn};
use crate::runtime::Runtime;
use crate::verifreg::numbers::{CLAIM_ALLOCATIONS, GET_CLAIMS};
use crate::verifreg::state::Claim;
use crate::verifreg::types::{
    ClaimAllocationsParams, ClaimAllocationsReturn, GetClaimsParams, GetClaimsReturn,
    SectorAllocationClaims, SectorClaimSummary,
};
use crate::{ids, send};

fn call(
    rt: &dyn Runtime,
    actor: ActorID,
    method: MethodNum,
    params: Option<IpldBlock>,
) -> Result<Option<IpldBlock>, ActorError> {
    send::call(
        rt,
        &Address::new_id(actor),
        method,
        params,
        TokenAmount::zero(),
    )
}

/// The address of the miner itself.
pub(super) fn own_address(rt: &dyn Runtime) -> Address {
    Address::new_id(rt.message().receiver)
}

// --- reward and power ------------------------------------------------------------------------

/// What an epoch's reward is.
pub(super) fn this_epoch_reward(rt: &dyn Runtime) -> Result<ThisEpochRewardReturn, ActorError> {
    send::decode(call(rt, ids::REWARD, THIS_EPOCH_REWARD, None)?)
}

fn current_total_power(rt: &dyn Runtime) -> Result<CurrentTotalPowerReturn, ActorError> {
    send::decode(call(rt, ids::POWER, CURRENT_TOTAL_POWER, None)?)
}

/// The network's reward and power: two calls, in this order.
pub(super) fn estimates(rt: &dyn Runtime) -> Result<Estimates, ActorError> {
    let reward = this_epoch_reward(rt)?.this_epoch_reward_smoothed;
    let power = current_total_power(rt)?.quality_adj_power_smoothed;
    Ok(Estimates { reward, power })
}

/// What pledges depend on: two calls, in the order of [`estimates`].
pub(super) fn pledge_inputs(rt: &dyn Runtime) -> Result<PledgeInputs, ActorError> {
    let reward = this_epoch_reward(rt)?;
    let power = current_total_power(rt)?;
    Ok(PledgeInputs {
        estimates: Estimates {
            reward: reward.this_epoch_reward_smoothed,
            power: power.quality_adj_power_smoothed,
        },
        baseline_power: reward.this_epoch_baseline_power,
        circulating_supply: rt.circulating_supply()?,
        epochs_since_ramp_start: rt.network().epoch - power.ramp_start_epoch,
        ramp_duration_epochs: power.ramp_duration_epochs,
    })
}

/// Changes the miner's claim on power, unless there is nothing to change.
pub(super) fn update_power(rt: &dyn Runtime, delta: PowerPair) -> Result<(), ActorError> {
    if delta.is_zero() {
        return Ok(());
    }
    let params = UpdateClaimedPowerParams {
        raw_byte_delta: delta.raw,
        quality_adjusted_delta: delta.qa,
    };
    call(rt, ids::POWER, UPDATE_CLAIMED_POWER, send::params(&params)?).map(|_| ())
}

/// Tells by how much more is pledged or locked, unless there is nothing to tell.
pub(super) fn notify_pledge_changed(
    rt: &dyn Runtime,
    delta: &TokenAmount,
) -> Result<(), ActorError> {
    if delta.is_zero() {
        return Ok(());
    }
    call(rt, ids::POWER, UPDATE_PLEDGE_TOTAL, send::params(delta)?).map(|_| ())
}

/// Asks to be called at the end of an epoch.
pub(super) fn enroll_cron_event(
    rt: &dyn Runtime,
    event_epoch: ChainEpoch,
    event_type: i64,
) -> Result<(), ActorError> {
    let payload = fvm_ipld_encoding::to_vec(&CronEventPayload { event_type })
        .or_exit(ExitCode::USR_SERIALIZATION, "cron payload")?;
    let params = EnrollCronEventParams {
        event_epoch,
        payload: RawBytes::new(payload),
    };
    call(rt, ids::POWER, ENROLL_CRON_EVENT, send::params(&params)?).map(|_| ())
}

/// Burns an amount, unless there is nothing to burn.
pub(super) fn burn(rt: &dyn Runtime, amount: TokenAmount) -> Result<(), ActorError> {
    if !amount.is_positive() {
        return Ok(());
    }
    send::transfer(rt, &Address::new_id(ids::BURNT_FUNDS), amount)
}

// --- market ----------------------------------------------------------------------------------

/// CommD of each sector that has deals. The market is asked only if there is any deal.
pub(super) fn verify_deals(
    rt: &dyn Runtime,
    sectors: Vec<SectorDeals>,
) -> Result<Vec<Option<Cid>>, ActorError> {
    let count = sectors.len();
    if sectors.iter().all(|sector| sector.deal_ids.is_empty()) {
        return Ok(vec![None; count]);
    }
    let params = send::params(&VerifyDealsForActivationParams { sectors })?;
    let answer: VerifyDealsForActivationReturn =
        send::decode(call(rt, ids::MARKET, VERIFY_DEALS_FOR_ACTIVATION, params)?)?;
    if answer.unsealed_cids.len() != count {
        return Err(ActorError::illegal_state(
            "the market answered for other sectors",
        ));
    }
    Ok(answer.unsealed_cids)
}

/// Activates the deals of sectors. The market is asked only if there is any deal.
pub(super) fn activate_deals(
    rt: &dyn Runtime,
    sectors: Vec<SectorDeals>,
) -> Result<BatchActivateDealsReturn, ActorError> {
    if sectors.iter().all(|sector| sector.deal_ids.is_empty()) {
        let none = SectorDealActivation {
            activated: Vec::new(),
            unsealed_cid: None,
        };
        return Ok(BatchActivateDealsReturn {
            activation_results: BatchReturn::ok(sectors.len() as u32),
            activations: vec![none; sectors.len()],
        });
    }
    let params = send::params(&BatchActivateDealsParams {
        sectors,
        compute_cid: false,
    })?;
    send::decode(call(rt, ids::MARKET, BATCH_ACTIVATE_DEALS, params)?)
}

/// Tells the market that sectors with data have ended early. If cron is at work the market may
/// fail: a market out of order must not stop the miner's own cron.
pub(super) fn terminate_deals(rt: &dyn Runtime, sectors: BitField) -> Result<(), ActorError> {
    if sectors.is_empty() {
        return Ok(());
    }
    let epoch = rt.network().epoch;
    let params = send::params(&OnMinerSectorsTerminateParams { epoch, sectors })?;
    let to = Address::new_id(ids::MARKET);
    let sent = send::try_call(
        rt,
        &to,
        ON_MINER_SECTORS_TERMINATE,
        params,
        TokenAmount::zero(),
    )?;
    match send::require(sent) {
        Err(_) if rt.message().origin == ids::SYSTEM => Ok(()),
        other => other.map(|_| ()),
    }
}

// --- verified registry -----------------------------------------------------------------------

/// Claims allocations for sectors. The registry is asked only if there is any; if it is, sectors
/// without any go along, so that the answer is about all of them.
pub(super) fn claim_allocations(
    rt: &dyn Runtime,
    sectors: Vec<SectorAllocationClaims>,
    all_or_nothing: bool,
) -> Result<ClaimAllocationsReturn, ActorError> {
    if sectors.iter().all(|sector| sector.claims.is_empty()) {
        return Ok(ClaimAllocationsReturn {
            sector_results: BatchReturn::ok(sectors.len() as u32),
            sector_claims: vec![SectorClaimSummary::default(); sectors.len()],
        });
    }
    let params = send::params(&ClaimAllocationsParams {
        sectors,
        all_or_nothing,
    })?;
    let claimed: ClaimAllocationsReturn =
        send::decode(call(rt, ids::VERIFIED_REGISTRY, CLAIM_ALLOCATIONS, params)?)?;
    let results = &claimed.sector_results;
    if all_or_nothing && !results.all_ok() && results.success_count != 0 {
        return Err(ActorError::assertion_failed(
            "all or nothing was claimed in part",
        ));
    }
    Ok(claimed)
}

/// The miner's claims of these ids; 16 if one doesn't exist.
pub(super) fn get_claims(rt: &dyn Runtime, claim_ids: Vec<u64>) -> Result<Vec<Claim>, ActorError> {
    let count = claim_ids.len();
    let params = send::params(&GetClaimsParams {
        provider: rt.message().receiver,
        claim_ids,
    })?;
    let answer: GetClaimsReturn =
        send::decode(call(rt, ids::VERIFIED_REGISTRY, GET_CLAIMS, params)?)?;
    if (answer.batch_info.success_count as usize) < count {
        return Err(ActorError::illegal_argument("a claim that doesn't exist"));
    }
    Ok(answer.claims)
}
