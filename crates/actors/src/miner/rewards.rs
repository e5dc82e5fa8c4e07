//! What a block earns: a quarter at once, the rest vesting.

use fvm_shared::econ::TokenAmount;

use super::calls::{burn, notify_pledge_changed};
use super::monies::locked_part_of_reward;
use super::state::{State, check_balance_now};
use super::types::ApplyRewardParams;
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};
use crate::{callers, ids};

/// 14: takes a block's reward, which came with the message, and its penalty. Reward actor.
pub(super) fn apply_rewards(rt: &dyn Runtime, params: ApplyRewardParams) -> Result<(), ActorError> {
    if params.reward.is_negative() || params.penalty.is_negative() {
        return Err(ActorError::illegal_argument("a negative reward or penalty"));
    }
    let (pledge_delta, to_burn) = transaction(rt, |state: &mut State| {
        callers::one_of(rt, &[ids::REWARD])?;
        let (store, now, balance) = (Store::of(rt), rt.network().epoch, rt.balance()?);
        let to_lock = locked_part_of_reward(&params.reward);
        let unlocked = state.unlocked_balance(&balance)?;
        if unlocked < to_lock {
            return Err(ActorError::insufficient_funds(
                "the reward didn't come along",
            ));
        }
        let vested = state.lock_funds(store, now, &to_lock)?;
        // The penalty is mostly less than the reward itself, so it is paid at once.
        state.apply_penalty(&params.penalty)?;
        let repaid = state.repay_what_it_can(store, now, &balance)?;
        let pledge_delta: TokenAmount = to_lock - vested - repaid.unlocked;
        Ok((pledge_delta, repaid.to_burn))
    })?;
    notify_pledge_changed(rt, &pledge_delta)?;
    burn(rt, to_burn)?;
    check_balance_now(rt).map(|_| ())
}
