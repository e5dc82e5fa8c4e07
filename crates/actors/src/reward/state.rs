//! How far the network has come, and what an epoch brings.

use fvm_shared::bigint::{BigInt, bigint_ser};
use fvm_shared::clock::{ChainEpoch, EPOCH_UNDEFINED};
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::StoragePower;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::formulas::{
    BASELINE_INITIAL, BASELINE_TOTAL_FIL, SIMPLE_TOTAL_FIL, baseline_after, baseline_before_first,
    reward, theta,
};
use crate::error::ActorError;
use crate::math::FilterEstimate;

/// The reward that the smoothed estimate starts from: 36.27 FIL.
const INITIAL_REWARD_ATTO: u128 = 36_266_260_308_195_979_333;
/// What it starts to lose an epoch.
const INITIAL_REWARD_LOSS_ATTO: i64 = 109_897_758_509;

/// The state of the reward actor.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// The sum of the baseline over the effective network time, in byte-epochs.
    #[serde(with = "bigint_ser")]
    pub cumsum_baseline: BigInt,
    /// The sum of the network's power, each epoch as far as the baseline at most.
    #[serde(with = "bigint_ser")]
    pub cumsum_realized: BigInt,
    /// How far the network would have come at the baseline's pace, rounded up.
    pub effective_network_time: ChainEpoch,
    /// The baseline at that time.
    #[serde(with = "bigint_ser")]
    pub effective_baseline_power: StoragePower,
    /// What all leaders of an epoch get together.
    pub this_epoch_reward: TokenAmount,
    /// The same, smoothed.
    pub this_epoch_reward_smoothed: FilterEstimate,
    /// The baseline at `epoch`.
    #[serde(with = "bigint_ser")]
    pub this_epoch_baseline_power: StoragePower,
    /// The epoch that all this is for.
    pub epoch: ChainEpoch,
    /// All block rewards ever paid.
    pub total_storage_power_reward: TokenAmount,
    /// What flows with time alone.
    pub simple_total: TokenAmount,
    /// What flows as the network keeps up with the baseline.
    pub baseline_total: TokenAmount,
}

impl State {
    /// The state for the first epoch.
    ///
    /// # Errors
    /// None that can happen: the baseline isn't zero.
    pub fn new(realized_power: &StoragePower) -> Result<Self, ActorError> {
        let mut state = Self {
            cumsum_baseline: BigInt::ZERO,
            cumsum_realized: BigInt::ZERO,
            effective_network_time: 0,
            effective_baseline_power: BASELINE_INITIAL.into(),
            this_epoch_reward: TokenAmount::default(),
            this_epoch_reward_smoothed: FilterEstimate::new(
                INITIAL_REWARD_ATTO.into(),
                BigInt::from(-INITIAL_REWARD_LOSS_ATTO),
            ),
            this_epoch_baseline_power: baseline_before_first(),
            epoch: EPOCH_UNDEFINED,
            total_storage_power_reward: TokenAmount::default(),
            simple_total: TokenAmount::from_whole(SIMPLE_TOTAL_FIL),
            baseline_total: TokenAmount::from_whole(BASELINE_TOTAL_FIL),
        };
        state.advance_with_reward(realized_power)?;
        Ok(state)
    }

    /// Moves on to the epoch after `now`, through null rounds if there were any, and updates the
    /// smoothed reward.
    pub(super) fn advance_past(
        &mut self,
        now: ChainEpoch,
        realized_power: &StoragePower,
    ) -> Result<(), ActorError> {
        let before = self.epoch;
        while self.epoch < now {
            self.advance(realized_power);
        }
        self.advance_with_reward(realized_power)?;
        let delta = self.epoch - before;
        self.this_epoch_reward_smoothed = self
            .this_epoch_reward_smoothed
            .next(self.this_epoch_reward.atto(), delta)?;
        Ok(())
    }

    fn advance_with_reward(&mut self, realized_power: &StoragePower) -> Result<(), ActorError> {
        let theta_before = self.theta()?;
        self.advance(realized_power);
        let theta_after = self.theta()?;
        self.this_epoch_reward = reward(
            self.epoch,
            &theta_before,
            &theta_after,
            &self.simple_total,
            &self.baseline_total,
        );
        Ok(())
    }

    fn advance(&mut self, realized_power: &StoragePower) {
        self.epoch += 1;
        self.this_epoch_baseline_power = baseline_after(&self.this_epoch_baseline_power);
        self.cumsum_realized += (&self.this_epoch_baseline_power).min(realized_power);
        while self.cumsum_realized > self.cumsum_baseline {
            self.effective_network_time += 1;
            self.effective_baseline_power = baseline_after(&self.effective_baseline_power);
            self.cumsum_baseline += &self.effective_baseline_power;
        }
    }

    fn theta(&self) -> Result<BigInt, ActorError> {
        theta(
            self.effective_network_time,
            &self.effective_baseline_power,
            &self.cumsum_realized,
            &self.cumsum_baseline,
        )
    }
}
