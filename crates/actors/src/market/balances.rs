//! Putting money into escrow and taking it out.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;

use crate::error::{ActorError, OrExit};
use crate::market::calls::{control_addresses, is_miner};
use crate::market::escrow::Escrow;
use crate::market::state::State;
use crate::market::types::{GetBalanceReturn, WithdrawBalanceParams};
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::{callers, send};

/// `AddBalance`: what came with the call is now in escrow.
pub(super) fn add_balance(rt: &dyn Runtime, party: Address) -> Result<(), ActorError> {
    let value = rt.message().value_received.clone();
    if !value.is_positive() {
        return Err(ActorError::illegal_argument(format!(
            "{value} can't be added"
        )));
    }
    callers::any(rt)?;
    let account = account(rt, &party)?;
    state::transaction(rt, |state: &mut State| {
        let mut escrow = Escrow::open(state, Store::of(rt))?;
        escrow.deposit(&account.party, &value)?;
        escrow.save(state)
    })
}

/// `WithdrawBalance`: what is asked for, or what is free if that is less. A provider's owner or
/// worker may ask, and the owner gets it; a client asks for itself.
pub(super) fn withdraw_balance(
    rt: &dyn Runtime,
    params: WithdrawBalanceParams,
) -> Result<TokenAmount, ActorError> {
    if params.amount.is_negative() {
        return Err(ActorError::illegal_argument(format!(
            "{} is negative",
            params.amount
        )));
    }
    let account = account(rt, &params.provider_or_client)?;
    callers::one_of_addresses(rt, &account.may_withdraw)?;
    let taken = state::transaction(rt, |state: &mut State| {
        let mut escrow = Escrow::open(state, Store::of(rt))?;
        let taken = escrow.withdraw(&account.party, &params.amount)?;
        escrow.save(state)?;
        Ok(taken)
    })?;
    send::transfer(rt, &account.recipient, taken.clone())?;
    Ok(taken)
}

/// `GetBalance`.
pub(super) fn get_balance(
    rt: &dyn Runtime,
    party: Address,
) -> Result<GetBalanceReturn, ActorError> {
    callers::any(rt)?;
    let party = rt
        .resolve(&party)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the address")?;
    let party = Address::new_id(party);
    let state: State = state::load(rt)?;
    let escrow = Escrow::open(&state, Store::of(rt))?;
    Ok(GetBalanceReturn {
        balance: escrow.held(&party)?,
        locked: escrow.locked(&party)?,
    })
}

/// An account in escrow.
struct Account {
    /// Under which it is kept: an ID address.
    party: Address,
    /// Who gets what is taken out.
    recipient: Address,
    /// Who may take out.
    may_withdraw: Vec<Address>,
}

fn account(rt: &dyn Runtime, address: &Address) -> Result<Account, ActorError> {
    let id = rt
        .resolve(address)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the address")?;
    let party = Address::new_id(id);
    if is_miner(rt, id)?.or_exit(
        ExitCode::USR_ILLEGAL_ARGUMENT,
        "the code behind the address",
    )? {
        let people = control_addresses(rt, id)?;
        return Ok(Account {
            party,
            recipient: people.owner,
            may_withdraw: vec![people.owner, people.worker],
        });
    }
    Ok(Account {
        party,
        recipient: party,
        may_withdraw: vec![party],
    })
}
