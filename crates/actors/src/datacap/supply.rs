//! How tokens begin and end.

use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

use crate::callers;
use crate::datacap::GRANULARITY;
use crate::datacap::state::{State, party};
use crate::datacap::token::Grant;
use crate::datacap::transfers::{before_hook, call_receiver, check_amount, operator_of};
use crate::datacap::types::{
    BurnFromParams, BurnFromReturn, BurnParams, BurnReturn, DestroyParams, MintParams, MintReturn,
    TokensReceived,
};
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// What an operator named at minting may spend: more than there will ever be (over 800 EiB).
fn infinite_allowance() -> TokenAmount {
    TokenAmount::from_atto(GRANULARITY) * 1_000_000_000_000_000_000_000_i128
}

/// `Mint`: the governor makes tokens for a client, names who may spend them, and calls the
/// client's hook.
pub(super) fn mint(rt: &dyn Runtime, params: MintParams) -> Result<MintReturn, ActorError> {
    let received = state::transaction(rt, |state: &mut State| {
        callers::one_of_addresses(rt, [&state.governor])?;
        let minted = mint_unannounced(rt, state, &params);
        let granted = grant_infinite(rt, state, &params);
        match (minted, granted) {
            (Ok(received), Ok(())) => Ok(received),
            (Err(minting), Ok(())) => Err(minting),
            (Err(_), Err(granting)) => Err(granting),
            // The official token panics here: it drops a hook that it did not call.
            (Ok(_), Err(granting)) => Err(ActorError::assertion_failed(granting.words)),
        }
    })?;

    let state = before_hook(rt)?;
    let recipient_data = call_receiver(rt, &params.to, received)?;
    Ok(MintReturn {
        balance: state.balance_of(rt, &params.to)?,
        supply: state.token.supply,
        recipient_data,
    })
}

fn mint_unannounced(
    rt: &dyn Runtime,
    state: &mut State,
    params: &MintParams,
) -> Result<TokensReceived, ActorError> {
    check_amount(&params.amount)?;
    let operator = party(rt, &state.governor)?;
    let to = party(rt, &params.to)?;
    state.token.mint(Store::of(rt), to, &params.amount)?;
    Ok(TokensReceived {
        from: rt.message().receiver,
        to,
        operator,
        amount: params.amount.clone(),
        operator_data: RawBytes::default(),
        token_data: RawBytes::default(),
    })
}

fn grant_infinite(
    rt: &dyn Runtime,
    state: &mut State,
    params: &MintParams,
) -> Result<(), ActorError> {
    for operator in &params.operators {
        let grant = Grant {
            owner: party(rt, &params.to)?,
            operator: party(rt, operator)?,
        };
        state
            .token
            .set_allowance(Store::of(rt), grant, &infinite_allowance())?;
    }
    Ok(())
}

/// `Destroy`: the governor ends a client's tokens, without needing an allowance.
pub(super) fn destroy(rt: &dyn Runtime, params: DestroyParams) -> Result<BurnReturn, ActorError> {
    state::transaction(rt, |state: &mut State| {
        callers::one_of_addresses(rt, [&state.governor])?;
        burn_for(rt, state, &params.owner, &params.amount)
    })
}

/// `Burn`: the caller ends tokens of its own.
pub(super) fn burn(rt: &dyn Runtime, params: BurnParams) -> Result<BurnReturn, ActorError> {
    callers::any(rt)?;
    state::transaction(rt, |state: &mut State| {
        burn_for(
            rt,
            state,
            &Address::new_id(rt.message().caller),
            &params.amount,
        )
    })
}

fn burn_for(
    rt: &dyn Runtime,
    state: &mut State,
    owner: &Address,
    amount: &TokenAmount,
) -> Result<BurnReturn, ActorError> {
    check_amount(amount)?;
    let owner = party(rt, owner)?;
    let balance = state.token.burn(Store::of(rt), owner, amount)?;
    Ok(BurnReturn { balance })
}

/// `BurnFrom`: the caller ends tokens of somebody who allowed it.
pub(super) fn burn_from(
    rt: &dyn Runtime,
    params: BurnFromParams,
) -> Result<BurnFromReturn, ActorError> {
    callers::any(rt)?;
    state::transaction(rt, |state: &mut State| {
        check_amount(&params.amount)?;
        let grant = operator_of(rt, &params.owner)?;
        let store = Store::of(rt);
        let allowance = state.token.use_allowance(store, grant, &params.amount)?;
        let balance = state.token.burn(store, grant.owner, &params.amount)?;
        Ok(BurnFromReturn { balance, allowance })
    })
}
