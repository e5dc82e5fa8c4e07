//! Accounts of Ethereum keys. The machine makes them of placeholders, at the first message that
//! such a key signs; the constructor is never called on a chain.

use fvm_shared::address::{Address, Payload};

use crate::error::ActorError;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;
use crate::runtime::Runtime;
use crate::{ActorKind, callers, ids};

/// The actor. It has no state.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::EthAccount,
    state: Shape::NONE,
    methods: methods! {
        1 Constructor() -> (), Callers::Named("system") => constructor;
    },
    fallback: Fallback::AcceptExported,
    restrict_internal: true,
};

fn constructor(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let address = rt.delegated_address(rt.message().receiver)?;
    match address.as_ref().map(Address::payload) {
        Some(Payload::Delegated(delegated)) if delegated.namespace() == ids::EAM => Ok(()),
        _ => Err(ActorError::illegal_argument(
            "the account has no f410 address",
        )),
    }
}
