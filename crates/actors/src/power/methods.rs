//! What the power actor does.

use fvm_ipld_encoding::{BytesDe, RawBytes, strict_bytes};
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::bigint::bigint_ser::BigIntDe;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::RegisteredPoStProof;
use serde_tuple::Serialize_tuple;

use super::{
    CreateMinerParams, CreateMinerReturn, CronEvent, CurrentTotalPowerReturn,
    EnrollCronEventParams, MinerId, MinerPowerReturn, MinerRawPowerReturn, RawPower, State,
    UpdateClaimedPowerParams, UpdatePledgeTotalParams,
};
use crate::error::{ActorError, OrExit};
use crate::init::{self, ExecParams, ExecReturn};
use crate::math::FilterEstimate;
use crate::reward::{self, NullablePower, ThisEpochRewardReturn};
use crate::runtime::Runtime;
use crate::state::Store;
use crate::{ActorKind, callers, ids, send, state};

/// The miner's `OnDeferredCronEvent`.
const ON_DEFERRED_CRON_EVENT: MethodNum = 12;

#[derive(Debug, Serialize_tuple)]
struct MinerConstructorParams {
    owner: Address,
    worker: Address,
    control_addresses: Vec<Address>,
    window_post_proof_type: RegisteredPoStProof,
    #[serde(with = "strict_bytes")]
    peer_id: Vec<u8>,
    multi_addresses: Vec<BytesDe>,
}

#[derive(Debug, Serialize_tuple)]
struct DeferredCronEventParams<'a> {
    #[serde(with = "strict_bytes")]
    event_payload: &'a [u8],
    reward_smoothed: &'a FilterEstimate,
    quality_adj_power_smoothed: &'a FilterEstimate,
}

pub(super) fn constructor(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let state = State::new(Store::of(rt))?;
    state::create(rt, &state)
}

pub(super) fn create_miner(
    rt: &dyn Runtime,
    params: CreateMinerParams,
) -> Result<CreateMinerReturn, ActorError> {
    callers::any(rt)?;
    let proof = params.window_post_proof_type;
    let ExecReturn {
        id_address,
        robust_address,
    } = exec_miner(rt, params)?;
    state::transaction(rt, |state: &mut State| {
        let mut claims = state.claims(Store::of(rt))?;
        state.add_miner(rt.policy(), &mut claims, &id_address, proof)?;
        state.claims = claims.flush()?;
        Ok(())
    })?;
    Ok(CreateMinerReturn {
        id_address,
        robust_address,
    })
}

fn exec_miner(rt: &dyn Runtime, params: CreateMinerParams) -> Result<ExecReturn, ActorError> {
    let constructor_params = RawBytes::serialize(MinerConstructorParams {
        owner: params.owner,
        worker: params.worker,
        control_addresses: Vec::new(),
        window_post_proof_type: params.window_post_proof_type,
        peer_id: params.peer,
        multi_addresses: params.multiaddrs,
    })
    .or_exit(ExitCode::USR_SERIALIZATION, "the miner's parameters")?;
    let code_cid = rt.code_of_kind(ActorKind::Miner)?;
    let exec = send::params(&ExecParams {
        code_cid,
        constructor_params,
    })?;
    let value = rt.message().value_received.clone();
    send::decode(send::call(
        rt,
        &Address::new_id(ids::INIT),
        init::EXEC,
        exec,
        value,
    )?)
}

pub(super) fn update_claimed_power(
    rt: &dyn Runtime,
    params: UpdateClaimedPowerParams,
) -> Result<(), ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    let (raw, quality_adjusted) = (&params.raw_byte_delta, &params.quality_adjusted_delta);
    state::transaction(rt, |state: &mut State| {
        let mut claims = state.claims(Store::of(rt))?;
        state.add_to_claim(rt.policy(), &mut claims, &caller(rt), raw, quality_adjusted)?;
        state.claims = claims.flush()?;
        Ok(())
    })
}

pub(super) fn enroll_cron_event(
    rt: &dyn Runtime,
    params: EnrollCronEventParams,
) -> Result<(), ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    if params.event_epoch < 0 {
        // Cron visits every epoch since the first event: it would not come to an end.
        return Err(ActorError::illegal_argument(format!(
            "epoch {}",
            params.event_epoch
        )));
    }
    let event = CronEvent {
        miner_addr: caller(rt),
        callback_payload: params.payload,
    };
    state::transaction(rt, |state: &mut State| {
        state.enroll(Store::of(rt), params.event_epoch, event)
    })
}

pub(super) fn on_epoch_tick_end(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::CRON])?;
    let reward_actor = Address::new_id(ids::REWARD);
    let none = TokenAmount::default();
    let reward = send::call(
        rt,
        &reward_actor,
        reward::THIS_EPOCH_REWARD,
        None,
        none.clone(),
    );
    let reward: ThisEpochRewardReturn =
        send::decode(reward.map_err(|e| e.during("asking for the reward"))?)?;
    wake_miners(rt, &reward.this_epoch_reward_smoothed)?;
    let power = state::transaction(rt, |state: &mut State| {
        state.freeze()?;
        Ok(state.this_epoch_raw_byte_power.clone())
    })?;
    let power = send::params(&NullablePower(Some(BigIntDe(power))))?;
    send::call(rt, &reward_actor, reward::UPDATE_NETWORK_KPI, power, none)
        .map(|_| ())
        .map_err(|e| e.during("telling the reward actor"))
}

/// Calls the miners whose time has come. One that fails loses its power, and is not called again.
fn wake_miners(rt: &dyn Runtime, reward_smoothed: &FilterEstimate) -> Result<(), ActorError> {
    let before: State = state::load(rt)?;
    let due = state::transaction(rt, |state: &mut State| {
        state.take_due(Store::of(rt), rt.network().epoch)
    })?;
    let mut failed = Vec::new();
    for event in due {
        let params = send::params(&DeferredCronEventParams {
            event_payload: event.callback_payload.bytes(),
            reward_smoothed,
            quality_adj_power_smoothed: &before.this_epoch_qa_power_smoothed,
        })?;
        let none = TokenAmount::default();
        let sent = send::try_call(rt, &event.miner_addr, ON_DEFERRED_CRON_EVENT, params, none)?;
        if send::require(sent).is_err() {
            failed.push(event.miner_addr);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    state::transaction(rt, |state: &mut State| {
        let mut claims = state.claims(Store::of(rt))?;
        for miner in &failed {
            // A claim that can't be taken out of the totals stays: the others still go.
            if state.delete_claim(rt.policy(), &mut claims, miner).is_ok() {
                state.miner_count -= 1;
            }
        }
        state.claims = claims.flush()?;
        Ok(())
    })
}

pub(super) fn update_pledge_total(
    rt: &dyn Runtime,
    params: UpdatePledgeTotalParams,
) -> Result<(), ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    state::transaction(rt, |state: &mut State| {
        if !state.claims(Store::of(rt))?.contains(&caller(rt))? {
            return Err(ActorError::forbidden(format!(
                "{} has no claim",
                caller(rt)
            )));
        }
        state.total_pledge_collateral += params.pledge_delta;
        if state.total_pledge_collateral.is_negative() {
            return Err(ActorError::illegal_state("a negative pledge in total"));
        }
        Ok(())
    })
}

pub(super) fn current_total_power(rt: &dyn Runtime) -> Result<CurrentTotalPowerReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(CurrentTotalPowerReturn {
        raw_byte_power: state.this_epoch_raw_byte_power,
        quality_adj_power: state.this_epoch_quality_adj_power,
        pledge_collateral: state.this_epoch_pledge_collateral,
        quality_adj_power_smoothed: state.this_epoch_qa_power_smoothed,
        ramp_start_epoch: state.ramp_start_epoch,
        ramp_duration_epochs: state.ramp_duration_epochs,
    })
}

pub(super) fn network_raw_power(rt: &dyn Runtime) -> Result<RawPower, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(RawPower(state.this_epoch_raw_byte_power))
}

pub(super) fn miner_raw_power(
    rt: &dyn Runtime,
    miner: MinerId,
) -> Result<MinerRawPowerReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let claims = state.claims(Store::of(rt))?;
    let claim = claims.get(&Address::new_id(miner.0))?;
    let claim = claim.or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "claim")?;
    Ok(MinerRawPowerReturn {
        raw_byte_power: claim.raw_byte_power.clone(),
        meets_consensus_minimum: state.meets_consensus_minimum(rt.policy(), claim)?,
    })
}

pub(super) fn miner_count(rt: &dyn Runtime) -> Result<i64, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(state.miner_count)
}

pub(super) fn miner_consensus_count(rt: &dyn Runtime) -> Result<i64, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(state.miner_above_min_power_count)
}

pub(super) fn miner_power(
    rt: &dyn Runtime,
    miner: MinerId,
) -> Result<MinerPowerReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let claims = state.claims(Store::of(rt))?;
    let claim = claims.get(&Address::new_id(miner.0))?;
    let claim = claim.or_exit(ExitCode::USR_NOT_FOUND, "claim")?;
    Ok(MinerPowerReturn {
        raw_byte_power: claim.raw_byte_power.clone(),
        quality_adj_power: claim.quality_adj_power.clone(),
    })
}

fn caller(rt: &dyn Runtime) -> Address {
    Address::new_id(rt.message().caller)
}
