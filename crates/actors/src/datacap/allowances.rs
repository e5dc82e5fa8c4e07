//! Who may spend the caller's tokens.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

use crate::callers;
use crate::datacap::state::{State, party};
use crate::datacap::token::Grant;
use crate::datacap::types::{
    DecreaseAllowanceParams, IncreaseAllowanceParams, RevokeAllowanceParams,
};
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// `IncreaseAllowance`: answers the new allowance.
pub(super) fn increase_allowance(
    rt: &dyn Runtime,
    params: IncreaseAllowanceParams,
) -> Result<TokenAmount, ActorError> {
    callers::any(rt)?;
    change(rt, &params.operator, &params.increase, &params.increase)
}

/// `DecreaseAllowance`: answers the new allowance, which does not fall below zero.
pub(super) fn decrease_allowance(
    rt: &dyn Runtime,
    params: DecreaseAllowanceParams,
) -> Result<TokenAmount, ActorError> {
    callers::any(rt)?;
    change(rt, &params.operator, &params.decrease, &-&params.decrease)
}

/// Allowances, unlike balances, need not be multiples of the granularity.
fn change(
    rt: &dyn Runtime,
    operator: &Address,
    amount: &TokenAmount,
    change: &TokenAmount,
) -> Result<TokenAmount, ActorError> {
    state::transaction(rt, |state: &mut State| {
        if amount.is_negative() {
            return Err(ActorError::illegal_argument(format!(
                "{amount} is negative"
            )));
        }
        let grant = Grant {
            owner: rt.message().caller,
            operator: party(rt, operator)?,
        };
        state.token.change_allowance(Store::of(rt), grant, change)
    })
}

/// `RevokeAllowance`: answers the old allowance.
pub(super) fn revoke_allowance(
    rt: &dyn Runtime,
    params: RevokeAllowanceParams,
) -> Result<TokenAmount, ActorError> {
    callers::any(rt)?;
    state::transaction(rt, |state: &mut State| {
        // Somebody without an id has no allowance to lose.
        let Some(operator) = rt.resolve(&params.operator)? else {
            return Ok(TokenAmount::default());
        };
        let grant = Grant {
            owner: rt.message().caller,
            operator,
        };
        state
            .token
            .set_allowance(Store::of(rt), grant, &TokenAmount::default())
    })
}
