//! What anybody may ask the token.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

use crate::callers;
use crate::datacap::GRANULARITY;
use crate::datacap::state::State;
use crate::datacap::token::Grant;
use crate::datacap::types::AllowanceParams;
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// `Name`.
pub(super) fn name(rt: &dyn Runtime) -> Result<String, ActorError> {
    callers::any(rt)?;
    Ok("DataCap".to_owned())
}

/// `Symbol`.
pub(super) fn symbol(rt: &dyn Runtime) -> Result<String, ActorError> {
    callers::any(rt)?;
    Ok("DCAP".to_owned())
}

/// `Granularity`.
pub(super) fn granularity(rt: &dyn Runtime) -> Result<u64, ActorError> {
    callers::any(rt)?;
    Ok(GRANULARITY)
}

/// `TotalSupply`.
pub(super) fn total_supply(rt: &dyn Runtime) -> Result<TokenAmount, ActorError> {
    callers::any(rt)?;
    Ok(state::load::<State>(rt)?.token.supply)
}

/// `Balance`.
pub(super) fn balance(rt: &dyn Runtime, owner: Address) -> Result<TokenAmount, ActorError> {
    callers::any(rt)?;
    state::load::<State>(rt)?.balance_of(rt, &owner)
}

/// `Allowance`.
pub(super) fn allowance(
    rt: &dyn Runtime,
    params: AllowanceParams,
) -> Result<TokenAmount, ActorError> {
    callers::any(rt)?;
    state::load::<State>(rt)?.allowance_of(rt, &params)
}

impl State {
    /// What an address holds; nothing if nobody is behind it.
    pub(super) fn balance_of(
        &self,
        rt: &dyn Runtime,
        owner: &Address,
    ) -> Result<TokenAmount, ActorError> {
        match rt.resolve(owner)? {
            Some(owner) => self.token.balance(Store::of(rt), owner),
            None => Ok(TokenAmount::default()),
        }
    }

    /// What an address may spend of another's; nothing if nobody is behind either.
    pub(super) fn allowance_of(
        &self,
        rt: &dyn Runtime,
        between: &AllowanceParams,
    ) -> Result<TokenAmount, ActorError> {
        match (rt.resolve(&between.owner)?, rt.resolve(&between.operator)?) {
            (Some(owner), Some(operator)) => self
                .token
                .allowance(Store::of(rt), Grant { owner, operator }),
            _ => Ok(TokenAmount::default()),
        }
    }
}
