//! The ids of the actors that the machine itself must know.

use fvm_shared::ActorID;

/// Holds the manifest, and is the sender of implicit messages.
pub const SYSTEM_ACTOR: ActorID = 0;
/// Assigns ids to addresses, and alone may create actors.
pub const INIT_ACTOR: ActorID = 1;
/// Gets the tips.
pub const REWARD_ACTOR: ActorID = 2;
/// The namespace of Ethereum addresses among the f4 addresses.
pub const EAM_ACTOR: ActorID = 10;
/// Gets what is burnt.
pub const BURNT_FUNDS_ACTOR: ActorID = 99;
