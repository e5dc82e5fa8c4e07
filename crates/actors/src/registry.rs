//! Every built-in actor there is. Adding one touches its own folder and this table.

use crate::kinds::ActorKind;
use crate::method::Actor;

/// Every built-in actor, in the order of their kinds.
pub static ACTORS: &[&Actor] = &[
    &crate::system::ACTOR,
    &crate::init::ACTOR,
    &crate::cron::ACTOR,
    &crate::account::ACTOR,
    &crate::power::ACTOR,
    &crate::market::ACTOR,
    &crate::paych::ACTOR,
    &crate::multisig::ACTOR,
    &crate::reward::ACTOR,
    &crate::verifreg::ACTOR,
    &crate::datacap::ACTOR,
    &crate::placeholder::ACTOR,
    &crate::evm::ACTOR,
    &crate::eam::ACTOR,
    &crate::ethaccount::ACTOR,
];

/// The actor of a kind, if there is a native one.
#[must_use]
pub fn actor(kind: ActorKind) -> Option<&'static Actor> {
    ACTORS.iter().copied().find(|actor| actor.kind == kind)
}
