//! Showing that a proof taken on trust is wrong.
//!
//! The proof is verified against the deadline as it was when it closed. If it is wrong, its
//! sectors become faulty, the miner pays, and whoever showed it gets a part.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

use super::calls::{burn, estimates, notify_pledge_changed, update_power};
use super::deadline_info::{DeadlineInfo, is_disputable};
use super::monies::{Estimates, dispute_reward};
use super::partition::Scope;
use super::power::PowerPair;
use super::sectors::Sectors;
use super::state::{State, check_balance_now};
use super::types::DisputeWindowedPoStParams;
use super::window_post::verify_post;
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};
use crate::{callers, send};

/// What a dispute that was right brings about.
struct Settled {
    power_delta: PowerPair,
    /// How much less is locked.
    unlocked: TokenAmount,
    to_burn: TokenAmount,
    to_reporter: TokenAmount,
}

/// 24: disputes a proof. Anyone. Fails with 16 if the proof is right.
pub(super) fn dispute_windowed_post(
    rt: &dyn Runtime,
    params: DisputeWindowedPoStParams,
) -> Result<(), ActorError> {
    callers::any(rt)?;
    if params.deadline >= rt.policy().period_deadlines {
        return Err(ActorError::illegal_argument(format!(
            "no deadline {}",
            params.deadline
        )));
    }
    let estimates = estimates(rt)?;
    let settled = transaction(rt, |state: &mut State| {
        settle(rt, state, &params, &estimates)
    })?;

    update_power(rt, settled.power_delta)?;
    let mut to_burn = settled.to_burn;
    if !settled.to_reporter.is_zero() {
        let reporter = Address::new_id(rt.message().caller);
        let reward = settled.to_reporter;
        // A reporter that can't be paid is no reason to let the miner go.
        if !pay(rt, &reporter, &reward)? {
            to_burn += reward;
        }
    }
    burn(rt, to_burn)?;
    notify_pledge_changed(rt, &-settled.unlocked)?;
    check_balance_now(rt).map(|_| ())
}

/// Pays somebody who may fail to take it. Says whether they did.
pub(super) fn pay(
    rt: &dyn Runtime,
    to: &Address,
    amount: &TokenAmount,
) -> Result<bool, ActorError> {
    let sent = send::try_call(rt, to, fvm_shared::METHOD_SEND, None, amount.clone())?;
    Ok(sent.is_ok_and(|reply| reply.code.is_success()))
}

fn settle(
    rt: &dyn Runtime,
    state: &mut State,
    params: &DisputeWindowedPoStParams,
    estimates: &Estimates,
) -> Result<Settled, ActorError> {
    let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
    let open = state.current_deadline_info(policy, now);
    if !is_disputable(policy, open.period_start, params.deadline, now) {
        return Err(ActorError::forbidden(
            "proofs of that deadline can't be disputed now",
        ));
    }
    let info = state.load_info(store)?;
    // When it was last open: in this period, or in the one before.
    let period_start = match open.index < params.deadline {
        true => open.period_start - policy.proving_period,
        false => open.period_start,
    };
    let target = DeadlineInfo::new(policy, period_start, params.deadline, now);

    let mut deadlines = state.load_deadlines(store)?;
    let mut deadline = deadlines.get(store, params.deadline)?;
    let post = deadline.take_post_proofs(store, params.post_index)?;
    let disputed = deadline.load_for_dispute(store, &post.partitions)?;
    let table = Sectors::load(store, &deadline.sectors_snapshot)?;
    let sectors = table.load_for_proof(&disputed.sectors, &disputed.ignored)?;
    if verify_post(rt, target.challenge, &sectors, post.proofs)? {
        return Err(ActorError::illegal_argument("the proof is right"));
    }

    // Compaction waits for disputes, so the sectors are where they were. Some may have ended.
    let scope = Scope {
        store,
        sector_size: info.sector_size,
        quant: target.quantization(),
    };
    let fault_expiration = target.last() + policy.fault_age_max;
    let power_delta = deadline.record_faults(scope, &table, fault_expiration, &disputed.active)?;
    deadlines.set(store, params.deadline, &deadline)?;
    state.save_deadlines(store, &deadlines)?;

    // The reward is on top of the penalty: a miner might dispute itself.
    let reward = dispute_reward();
    state.apply_penalty(&(estimates.invalid_post_penalty(&disputed.power.qa)? + &reward))?;
    let repaid = state.repay_what_it_can(store, now, &rt.balance()?)?;
    let to_reporter = reward.min(repaid.to_burn.clone());
    Ok(Settled {
        power_delta,
        unlocked: repaid.unlocked,
        to_burn: repaid.to_burn - &to_reporter,
        to_reporter,
    })
}
