//! From any address to the id of an actor.

use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::send;

/// The id behind an address. If there is none yet, sends it nothing: that creates an account or
/// a placeholder where the address allows.
///
/// # Errors
/// What [`send::require`] makes of that call's failure; 16 if there is no id even then.
pub fn to_id(rt: &dyn Runtime, address: &Address) -> Result<ActorID, ActorError> {
    if let Some(id) = rt.resolve(address)? {
        return Ok(id);
    }
    send::transfer(rt, address, TokenAmount::default())
        .map_err(|e| e.during(&format!("creating {address}")))?;
    rt.resolve(address)?
        .ok_or_else(|| ActorError::illegal_argument(format!("{address} has no id")))
}

/// The same, and there must be an actor behind the id (`check_existence`).
///
/// # Errors
/// As [`to_id`]; 17 if the id belongs to nobody.
pub fn to_existing_id(rt: &dyn Runtime, address: &Address) -> Result<ActorID, ActorError> {
    let id = to_id(rt, address)?;
    match rt.code_of(id)? {
        Some(_) => Ok(id),
        None => Err(ActorError::not_found(format!("no actor behind {address}"))),
    }
}
