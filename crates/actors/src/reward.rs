//! The reward actor (f02): mints and pays block rewards.
//!
//! Of what there is to mint a part flows with time alone (simple), the rest as the network keeps
//! up with a baseline that doubles every year.

mod formulas;
mod methods;
pub mod state;
mod types;

pub use state::State;
pub use types::{AwardBlockRewardParams, NullablePower, PENALTY_MULTIPLIER, ThisEpochRewardReturn};

use crate::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};

/// `AwardBlockReward`.
pub const AWARD_BLOCK_REWARD: u64 = 2;
/// `ThisEpochReward`.
pub const THIS_EPOCH_REWARD: u64 = 3;
/// `UpdateNetworkKPI`.
pub const UPDATE_NETWORK_KPI: u64 = 4;

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Reward,
    state: Shape::of::<State>("State"),
    methods: crate::methods! {
        1 Constructor(NullablePower) -> (), Callers::Named("system") => methods::constructor;
        2 AwardBlockReward(AwardBlockRewardParams) -> (), Callers::Named("system")
            => methods::award_block_reward;
        3 ThisEpochReward() -> ThisEpochRewardReturn, Callers::BuiltIn
            => methods::this_epoch_reward;
        4 UpdateNetworkKPI(NullablePower) -> (), Callers::Named("power")
            => methods::update_network_kpi;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
