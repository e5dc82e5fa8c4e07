//! What the reward actor takes and gives.

use fvm_shared::address::Address;
use fvm_shared::bigint::bigint_ser;
use fvm_shared::bigint::bigint_ser::BigIntDe;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::StoragePower;
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::math::FilterEstimate;

/// A block producer's penalty is multiplied by this.
pub const PENALTY_MULTIPLIER: u64 = 3;

/// Power that need not be there as far as the format goes; without it the methods fail with 16.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NullablePower(pub Option<BigIntDe>);

/// AwardBlockReward's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct AwardBlockRewardParams {
    /// Who made the block.
    pub miner: Address,
    /// What it is fined for messages that should not be in it.
    pub penalty: TokenAmount,
    /// What the messages tip.
    pub gas_reward: TokenAmount,
    /// How often it won.
    pub win_count: i64,
}

/// What ThisEpochReward returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ThisEpochRewardReturn {
    /// The reward of an epoch, smoothed.
    pub this_epoch_reward_smoothed: FilterEstimate,
    /// The baseline that the network should keep up with.
    #[serde(with = "bigint_ser")]
    pub this_epoch_baseline_power: StoragePower,
}
