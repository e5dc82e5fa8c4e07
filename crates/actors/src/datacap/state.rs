//! The token's state, and how the actor begins.

use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;

use crate::callers;
use crate::datacap::GRANULARITY;
use crate::datacap::token::Token;
use crate::error::{ActorError, OrExit};
use crate::ids;
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// The state of the token actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Who mints and destroys, and takes part in every transfer: the verified registry.
    pub governor: Address,
    /// Who holds what.
    pub token: Token,
}

impl State {
    /// A token without holders.
    ///
    /// # Errors
    /// 20 if it can't be stored.
    pub fn new(store: Store<'_>, governor: Address) -> Result<Self, ActorError> {
        Ok(Self {
            governor,
            token: Token::new(store)?,
        })
    }

    /// Every invariant that does not hold, in words: those of [`crate::datacap::token`].
    ///
    /// # Errors
    /// 20 if the state can't be read.
    pub fn check(&self, store: Store<'_>) -> Result<Vec<String>, ActorError> {
        self.token.check(store, GRANULARITY)
    }
}

/// Method 1: an empty token with its governor.
pub(super) fn constructor(rt: &dyn Runtime, governor: Address) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    // Only resolved to see that it can be: the address is stored as it was given.
    rt.resolve(&governor)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the governor's address")?;
    state::create(rt, &State::new(Store::of(rt), governor)?)
}

/// The id of somebody who holds or spends tokens.
///
/// The official token sends nothing to an unknown address, which would create an account; but it
/// does so inside a state transaction, where nothing can be sent. What remains is the failure.
///
/// # Errors
/// 17 if the address has no id.
pub(super) fn party(rt: &dyn Runtime, address: &Address) -> Result<ActorID, ActorError> {
    rt.resolve(address)?.or_exit(
        ExitCode::USR_NOT_FOUND,
        "the address of a holder or operator",
    )
}
