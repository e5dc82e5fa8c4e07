//! The ids of the actors that exist once.

use fvm_shared::ActorID;

/// Sends the implicit messages.
pub const SYSTEM: ActorID = 0;
/// Gives out ids and creates actors.
pub const INIT: ActorID = 1;
/// Pays for blocks.
pub const REWARD: ActorID = 2;
/// Calls others at the end of every tipset.
pub const CRON: ActorID = 3;
/// Counts storage power.
pub const POWER: ActorID = 4;
/// Keeps deals and their escrow.
pub const MARKET: ActorID = 5;
/// Keeps verifiers, allocations and claims.
pub const VERIFIED_REGISTRY: ActorID = 6;
/// The token of verified data.
pub const DATACAP: ActorID = 7;
/// The Ethereum address manager.
pub const EAM: ActorID = 10;
/// What goes there never comes back.
pub const BURNT_FUNDS: ActorID = 99;
/// The first id that init gives out.
pub const FIRST_FREE: ActorID = 100;
