//! Moving tokens, always to or from the governor.

use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use num_traits::Zero;

use crate::callers;
use crate::datacap::state::State;
use crate::datacap::token::Grant;
use crate::datacap::types::{
    AllowanceParams, ReceiveParams, TokensReceived, TransferFromParams, TransferFromReturn,
    TransferParams, TransferReturn,
};
use crate::datacap::{FRC46_TOKEN_TYPE, GRANULARITY, RECEIVE};
use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;
use crate::send;
use crate::state::{self, Store};

/// `Transfer`: the caller's tokens go to the governor, or the governor's to somebody.
pub(super) fn transfer(
    rt: &dyn Runtime,
    params: TransferParams,
) -> Result<TransferReturn, ActorError> {
    callers::any(rt)?;
    let from_id = rt.message().caller;
    let to_id = rt
        .resolve(&params.to)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the receiver")?;
    let (from, to) = (Address::new_id(from_id), Address::new_id(to_id));

    state::transaction(rt, |state: &mut State| {
        if to != state.governor && from != state.governor {
            return Err(ActorError::forbidden(format!(
                "no transfer from {from} to {to}"
            )));
        }
        check_amount(&params.amount)?;
        state
            .token
            .transfer(Store::of(rt), from_id, to_id, &params.amount)
    })?;

    let received = TokensReceived {
        from: from_id,
        to: to_id,
        operator: from_id,
        amount: params.amount,
        operator_data: params.operator_data,
        token_data: RawBytes::default(),
    };
    let state = before_hook(rt)?;
    let recipient_data = call_receiver(rt, &to, received)?;
    Ok(TransferReturn {
        from_balance: state.balance_of(rt, &from)?,
        to_balance: state.balance_of(rt, &to)?,
        recipient_data,
    })
}

/// `TransferFrom`: somebody's tokens go to the governor, moved by a caller who was allowed to.
pub(super) fn transfer_from(
    rt: &dyn Runtime,
    params: TransferFromParams,
) -> Result<TransferFromReturn, ActorError> {
    callers::any(rt)?;
    let to_id = rt
        .resolve(&params.to)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the receiver")?;
    let to = Address::new_id(to_id);

    let grant = state::transaction(rt, |state: &mut State| {
        if to != state.governor {
            return Err(ActorError::forbidden(format!(
                "no transfer from others to {to}"
            )));
        }
        check_amount(&params.amount)?;
        let grant = operator_of(rt, &params.from)?;
        let store = Store::of(rt);
        state.token.use_allowance(store, grant, &params.amount)?;
        state
            .token
            .transfer(store, grant.owner, to_id, &params.amount)?;
        Ok(grant)
    })?;

    let received = TokensReceived {
        from: grant.owner,
        to: to_id,
        operator: grant.operator,
        amount: params.amount,
        operator_data: params.operator_data,
        token_data: RawBytes::default(),
    };
    let state = before_hook(rt)?;
    let recipient_data = call_receiver(rt, &to, received)?;
    let between = AllowanceParams {
        owner: params.from,
        operator: Address::new_id(grant.operator),
    };
    Ok(TransferFromReturn {
        from_balance: state.balance_of(rt, &params.from)?,
        to_balance: state.balance_of(rt, &to)?,
        allowance: state.allowance_of(rt, &between)?,
        recipient_data,
    })
}

/// The state that balances are answered from: the official token reads it before it calls the
/// receiver, so that what the receiver does with the tokens doesn't show.
pub(super) fn before_hook(rt: &dyn Runtime) -> Result<State, ActorError> {
    state::load(rt)
}

/// Amounts to move, mint or burn are whole tokens, and not negative.
pub(super) fn check_amount(amount: &TokenAmount) -> Result<(), ActorError> {
    if amount.is_negative() || !amount.div_rem(GRANULARITY).1.is_zero() {
        return Err(ActorError::illegal_argument(format!(
            "{amount} is no amount of whole tokens"
        )));
    }
    Ok(())
}

/// The caller as the operator of an owner's tokens.
///
/// # Errors
/// 16 if it is the owner, who needs no allowance; 19 if there is no such owner, who could have
/// allowed anything.
pub(super) fn operator_of(rt: &dyn Runtime, owner: &Address) -> Result<Grant, ActorError> {
    let operator = rt.message().caller;
    let owner = rt
        .resolve(owner)?
        .or_exit(ExitCode::USR_INSUFFICIENT_FUNDS, "the owner")?;
    if owner == operator {
        return Err(ActorError::illegal_argument(
            "an owner is no operator of its own tokens",
        ));
    }
    Ok(Grant { owner, operator })
}

/// Tells the receiver of tokens, which can refuse them, and returns what it answers.
///
/// # Errors
/// The receiver's exit code; what a call that could not be made means.
pub(super) fn call_receiver(
    rt: &dyn Runtime,
    to: &Address,
    received: TokensReceived,
) -> Result<RawBytes, ActorError> {
    let payload =
        RawBytes::serialize(received).or_exit(ExitCode::USR_SERIALIZATION, "tokens received")?;
    let params = send::params(&ReceiveParams {
        kind: FRC46_TOKEN_TYPE,
        payload,
    })?;
    // The receiver's code passes, the data that came with it does not.
    let answer = send::call(rt, to, RECEIVE, params, TokenAmount::zero())
        .map_err(|e| ActorError::new(e.code, e.words))?;
    Ok(answer.map_or_else(RawBytes::default, |block| RawBytes::new(block.data)))
}
