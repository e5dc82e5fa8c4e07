//! What the reward actor does.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{METHOD_SEND, MethodNum};
use serde_tuple::Serialize_tuple;

use super::{
    AwardBlockRewardParams, NullablePower, PENALTY_MULTIPLIER, State, ThisEpochRewardReturn,
};
use crate::error::{ActorError, OrExit};
use crate::policy::EXPECTED_LEADERS_PER_EPOCH;
use crate::runtime::Runtime;
use crate::{callers, ids, send, state};

/// The miner's `ApplyRewards`.
const APPLY_REWARDS: MethodNum = 14;

#[derive(Debug, Serialize_tuple)]
struct ApplyRewardsParams {
    reward: TokenAmount,
    penalty: TokenAmount,
}

pub(super) fn constructor(rt: &dyn Runtime, params: NullablePower) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let power = params.0.or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "power")?.0;
    state::create(rt, &State::new(&power)?)
}

/// Pays a block's producer: its share of the epoch's reward, and the tips that came along.
pub(super) fn award_block_reward(
    rt: &dyn Runtime,
    params: AwardBlockRewardParams,
) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let balance = rt.balance()?;
    check_award(&params, &balance)?;
    let miner = rt
        .resolve(&params.miner)?
        .or_exit(ExitCode::USR_NOT_FOUND, "the miner's id")?;
    let reward = state::transaction(rt, |state: &mut State| take(state, &params, &balance))?;
    let penalty = &params.penalty * PENALTY_MULTIPLIER;

    let applied = send::params(&ApplyRewardsParams {
        reward: reward.clone(),
        penalty,
    })?;
    let miner = Address::new_id(miner);
    let sent = send::try_call(rt, &miner, APPLY_REWARDS, applied, reward.clone())?;
    if send::require(sent).is_err() {
        // The miner's own fault: the block stands, and the reward is nobody's. If even that
        // fails, it stays here.
        let burnt_funds = Address::new_id(ids::BURNT_FUNDS);
        let _ = send::try_call(rt, &burnt_funds, METHOD_SEND, None, reward)?;
    }
    Ok(())
}

fn check_award(params: &AwardBlockRewardParams, balance: &TokenAmount) -> Result<(), ActorError> {
    if params.penalty.is_negative() {
        return Err(ActorError::illegal_argument(format!(
            "a penalty of {}",
            params.penalty
        )));
    }
    if params.gas_reward.is_negative() {
        return Err(ActorError::illegal_argument(format!(
            "tips of {}",
            params.gas_reward
        )));
    }
    if *balance < params.gas_reward {
        let words = format!("{balance} to pay tips of {}", params.gas_reward);
        return Err(ActorError::illegal_state(words));
    }
    if params.win_count <= 0 {
        return Err(ActorError::illegal_argument(format!(
            "{} wins",
            params.win_count
        )));
    }
    Ok(())
}

/// What the producer gets in all: no more than there is.
fn take(
    state: &mut State,
    params: &AwardBlockRewardParams,
    balance: &TokenAmount,
) -> Result<TokenAmount, ActorError> {
    let share = (&state.this_epoch_reward * params.win_count).div_floor(EXPECTED_LEADERS_PER_EPOCH);
    let total = (&params.gas_reward + share).min(balance.clone());
    // The tips are covered by the balance, so that this is not negative.
    state.total_storage_power_reward += &total - &params.gas_reward;
    Ok(total)
}

pub(super) fn this_epoch_reward(rt: &dyn Runtime) -> Result<ThisEpochRewardReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(ThisEpochRewardReturn {
        this_epoch_reward_smoothed: state.this_epoch_reward_smoothed,
        this_epoch_baseline_power: state.this_epoch_baseline_power,
    })
}

pub(super) fn update_network_kpi(
    rt: &dyn Runtime,
    params: NullablePower,
) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::POWER])?;
    let power = params.0.or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "power")?.0;
    state::transaction(rt, |state: &mut State| {
        state.advance_past(rt.network().epoch, &power)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts in attoFIL: the epoch's reward, what there is, then what the producer gets.
    #[track_caller]
    fn check_take(reward: u64, wins: i64, tips: u64, balance: u64, expected: u64) {
        let mut state = State::new(&Default::default()).unwrap();
        state.this_epoch_reward = TokenAmount::from_atto(reward);
        let params = AwardBlockRewardParams {
            miner: Address::new_id(1000),
            penalty: TokenAmount::default(),
            gas_reward: TokenAmount::from_atto(tips),
            win_count: wins,
        };
        let taken = take(&mut state, &params, &TokenAmount::from_atto(balance)).unwrap();
        assert_eq!(taken, TokenAmount::from_atto(expected));
        assert_eq!(
            state.total_storage_power_reward,
            TokenAmount::from_atto(expected - tips)
        );
    }

    #[test]
    fn a_win_is_worth_a_fifth_and_no_more_than_there_is() {
        check_take(104, 1, 7, 1000, 27);
        check_take(104, 3, 7, 1000, 69);
        check_take(104, 3, 7, 50, 50);
        check_take(104, 1, 7, 7, 7);
    }
}
