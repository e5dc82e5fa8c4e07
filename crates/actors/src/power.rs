//! The power actor (f04): counts the miners' storage power, and wakes miners when they asked for
//! it.

pub mod claims;
mod methods;
pub mod state;
mod types;

pub use claims::{Claim, Claims, consensus_power_min};
pub use state::{CronEvent, State};
pub use types::*;

use crate::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};

/// `CreateMiner`, among built-in actors.
pub const CREATE_MINER: u64 = 2;
/// `UpdateClaimedPower`.
pub const UPDATE_CLAIMED_POWER: u64 = 3;
/// `EnrollCronEvent`.
pub const ENROLL_CRON_EVENT: u64 = 4;
/// `OnEpochTickEnd`.
pub const ON_EPOCH_TICK_END: u64 = 5;
/// `UpdatePledgeTotal`.
pub const UPDATE_PLEDGE_TOTAL: u64 = 6;
/// `CurrentTotalPower`.
pub const CURRENT_TOTAL_POWER: u64 = 9;

const MINERS: Callers = Callers::Kinds(&[ActorKind::Miner]);

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Power,
    state: Shape::of::<State>("State"),
    methods: crate::methods! {
        1 Constructor() -> (), Callers::Named("system") => methods::constructor;
        2 CreateMiner(CreateMinerParams) -> CreateMinerReturn, Callers::BuiltIn
            => methods::create_miner;
        3 UpdateClaimedPower(UpdateClaimedPowerParams) -> (), MINERS
            => methods::update_claimed_power;
        4 EnrollCronEvent(EnrollCronEventParams) -> (), MINERS => methods::enroll_cron_event;
        5 OnEpochTickEnd() -> (), Callers::Named("cron") => methods::on_epoch_tick_end;
        6 UpdatePledgeTotal(UpdatePledgeTotalParams) -> (), MINERS
            => methods::update_pledge_total;
        9 CurrentTotalPower() -> CurrentTotalPowerReturn, Callers::BuiltIn
            => methods::current_total_power;
        36_284_446 MinerPower(MinerId) -> MinerPowerReturn, Callers::Any => methods::miner_power;
        196_739_875 MinerConsensusCount() -> i64, Callers::Any => methods::miner_consensus_count;
        931_722_534 NetworkRawPower() -> RawPower, Callers::Any => methods::network_raw_power;
        1_173_380_165 CreateMiner(CreateMinerParams) -> CreateMinerReturn, Callers::Any
            => methods::create_miner;
        1_987_646_258 MinerCount() -> i64, Callers::Any => methods::miner_count;
        3_753_401_894 MinerRawPower(MinerId) -> MinerRawPowerReturn, Callers::Any
            => methods::miner_raw_power;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
