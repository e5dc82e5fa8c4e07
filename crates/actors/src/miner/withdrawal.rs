//! Taking out what is neither bound nor owed.

use super::calls::{burn, notify_pledge_changed};
use super::state::State;
use super::types::{WithdrawBalanceParams, WithdrawBalanceReturn};
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};
use crate::{callers, send};

/// 16: pays out to the beneficiary, which is the owner unless another was named. Either of them.
pub(super) fn withdraw_balance(
    rt: &dyn Runtime,
    params: WithdrawBalanceParams,
) -> Result<WithdrawBalanceReturn, ActorError> {
    if params.amount_requested.is_negative() {
        return Err(ActorError::illegal_argument(
            "a negative amount can't be withdrawn",
        ));
    }
    let (state, beneficiary, amount, vested, to_burn) = transaction(rt, |state: &mut State| {
        let (store, now, balance) = (Store::of(rt), rt.network().epoch, rt.balance()?);
        let mut info = state.load_info(store)?;
        callers::one_of_addresses(rt, [&info.owner, &info.beneficiary])?;
        if !state.early_terminations.is_empty() {
            return Err(ActorError::forbidden(
                "early terminations have yet to be paid",
            ));
        }
        let vested = state.unlock_vested_funds(store, now)?;
        // Debt is taken off here already, so it must not have been paid yet.
        let available = state.available_balance(&balance)?;
        let to_burn = state.repay_all(&balance)?;
        let mut amount = available.min(params.amount_requested);
        if amount.is_negative() {
            return Err(ActorError::illegal_state("less than nothing to withdraw"));
        }
        if info.beneficiary != info.owner {
            let quota = info.beneficiary_term.available(now);
            if quota.is_zero() {
                return Err(ActorError::forbidden(
                    "the beneficiary's term or quota is over",
                ));
            }
            amount = amount.min(quota);
            if amount.is_positive() {
                info.beneficiary_term.used_quota += &amount;
                state.save_info(store, &info)?;
            }
        }
        Ok((state.clone(), info.beneficiary, amount, vested, to_burn))
    })?;
    if amount.is_positive() {
        send::transfer(rt, &beneficiary, amount.clone())?;
    }
    burn(rt, to_burn)?;
    notify_pledge_changed(rt, &-vested)?;
    state.check_balance(&rt.balance()?)?;
    Ok(WithdrawBalanceReturn(amount))
}
