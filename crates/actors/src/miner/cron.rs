//! What a miner does at the end of each of its deadlines, when the power actor calls.
//!
//! In this order: a new worker takes office; deposits of sectors that were never proven become
//! debt; the deadline ends (missed proofs, then expirations); the fee for known faults and the
//! daily fee become debt; debt is paid; funds vest. Then power, burnt funds and pledge are
//! reported, the next call is asked for, and early ends are settled if that is new.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;

use super::calls::{burn, enroll_cron_event, notify_pledge_changed, update_power};
use super::info::{MinerInfo, process_pending_worker};
use super::monies::Estimates;
use super::partition::Scope;
use super::power::PowerPair;
use super::state::{State, check_balance_now};
use super::terminations::{schedule_early_terminations, settle_early_terminations};
use super::types::{CronEventPayload, DeferredCronEventParams};
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};
use crate::{callers, ids};

/// A deadline ends. (Event 0, a change of worker, is no longer asked for.)
pub(super) const PROVING_DEADLINE: i64 = 1;
/// Early ends are still to be settled.
pub(super) const EARLY_TERMINATIONS: i64 = 2;

/// 12: what the miner asked to be called for. Power actor.
pub(super) fn on_deferred_cron_event(
    rt: &dyn Runtime,
    params: DeferredCronEventParams,
) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::POWER])?;
    let payload: CronEventPayload = fvm_ipld_encoding::from_slice(&params.event_payload)
        .or_exit(ExitCode::USR_ILLEGAL_STATE, "cron payload")?;
    let estimates = Estimates {
        reward: params.reward_smoothed,
        power: params.quality_adj_power_smoothed,
    };
    match payload.event_type {
        PROVING_DEADLINE => end_deadline(rt, &estimates)?,
        EARLY_TERMINATIONS => settle_or_reschedule(rt, &estimates)?,
        // Nobody asks for anything else; if somebody did, the miner must not stop.
        _ => (),
    }
    check_balance_now(rt).map(|_| ())
}

fn settle_or_reschedule(rt: &dyn Runtime, estimates: &Estimates) -> Result<(), ActorError> {
    match settle_early_terminations(rt, estimates)? {
        true => schedule_early_terminations(rt),
        false => Ok(()),
    }
}

/// What the end of a deadline brings about.
struct Ended {
    had_unpaid: bool,
    power_delta: PowerPair,
    pledge_delta: TokenAmount,
    to_burn: TokenAmount,
    state: State,
}

fn end_deadline(rt: &dyn Runtime, estimates: &Estimates) -> Result<(), ActorError> {
    let ended = transaction(rt, |state: &mut State| change_state(rt, state, estimates))?;
    update_power(rt, ended.power_delta)?;
    burn(rt, ended.to_burn)?;
    notify_pledge_changed(rt, &ended.pledge_delta)?;

    let state = ended.state;
    if state.needs_cron() {
        let next = state.current_deadline_info(rt.policy(), rt.network().epoch + 1);
        enroll_cron_event(rt, next.last(), PROVING_DEADLINE)?;
    }
    // If there were unpaid ends before, a call for them is on its way.
    let has_unpaid = !state.early_terminations.is_empty();
    if has_unpaid && !ended.had_unpaid {
        settle_or_reschedule(rt, estimates)?;
    }
    Ok(())
}

fn change_state(
    rt: &dyn Runtime,
    state: &mut State,
    estimates: &Estimates,
) -> Result<Ended, ActorError> {
    let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
    let mut info = state.load_info(store)?;
    process_pending_worker(rt, state, &mut info)?;

    let deposits = state.clean_up_pre_commits(policy, store, now)?;
    state.apply_penalty(&deposits)?;

    let had_unpaid = !state.early_terminations.is_empty();
    let advanced = advance_deadline(policy, store, state, &info, now)?;
    // Faults found only now cost nothing yet.
    state.apply_penalty(&estimates.continued_fault_penalty(&advanced.known_faulty_power.qa)?)?;
    if advanced.daily_fee.is_positive() {
        let power = &advanced.live_power.qa;
        state.apply_penalty(&estimates.daily_fee_payable(policy, &advanced.daily_fee, power)?)?;
    }
    let repaid = state.repay_what_it_can(store, now, &rt.balance()?)?;
    let vested = state.unlock_vested_funds(store, now)?;
    if !state.needs_cron() {
        state.deadline_cron_active = false;
    }
    Ok(Ended {
        had_unpaid,
        power_delta: advanced.power_delta,
        pledge_delta: advanced.pledge_delta - repaid.unlocked - vested,
        to_burn: repaid.to_burn,
        state: state.clone(),
    })
}

/// What the end of a deadline changed.
#[derive(Debug, Default)]
struct Advanced {
    power_delta: PowerPair,
    pledge_delta: TokenAmount,
    /// The power of sectors that were faulty before.
    known_faulty_power: PowerPair,
    /// What the remaining sectors pay a day.
    daily_fee: TokenAmount,
    /// The power of the remaining sectors.
    live_power: PowerPair,
}

/// Ends the deadline that is open: what is not proven becomes faulty, what is due expires.
fn advance_deadline(
    policy: &Policy,
    store: Store<'_>,
    state: &mut State,
    info: &MinerInfo,
    now: ChainEpoch,
) -> Result<Advanced, ActorError> {
    let open = state.current_deadline_info(policy, now);
    if !open.period_started() {
        return Ok(Advanced::default());
    }
    state.current_deadline = (open.index + 1) % policy.period_deadlines;
    if state.current_deadline == 0 {
        state.proving_period_start = open.period_start + policy.proving_period;
    }

    let scope = Scope {
        store,
        sector_size: info.sector_size,
        quant: open.quantization(),
    };
    let mut deadlines = state.load_deadlines(store)?;
    let mut deadline = deadlines.get(store, open.index)?;
    let known_faulty_power = deadline.faulty_power.clone();
    if !deadline.is_live() {
        return Ok(Advanced {
            known_faulty_power,
            ..Advanced::default()
        });
    }
    let fault_expiration = open.last() + policy.fault_age_max;
    let mut power_delta = deadline.process_end(scope, fault_expiration, state.sectors)?;
    let expired = deadline.pop_expired_sectors(scope, open.last())?;
    // The pledge of those that end early stays, to pay for it; their power is lost already.
    state.add_initial_pledge(&-&expired.on_time_pledge)?;
    power_delta -= &expired.active_power;
    if !expired.early_sectors.is_empty() {
        state.early_terminations.set(open.index);
    }
    deadlines.set(store, open.index, &deadline)?;
    state.save_deadlines(store, &deadlines)?;
    Ok(Advanced {
        power_delta,
        pledge_delta: -expired.on_time_pledge,
        known_faulty_power,
        daily_fee: deadline.daily_fee,
        live_power: deadline.live_power,
    })
}
