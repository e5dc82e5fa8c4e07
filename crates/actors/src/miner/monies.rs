//! What sectors cost: deposits, pledges, fees and penalties.
//!
//! Nearly everything is counted in BR(t), the reward that some power may expect over a time.
//!
//! | what | how much | FIP |
//! | --- | --- | --- |
//! | pre-commit deposit | BR(20 d) at the best quality, at least 1 atto | |
//! | initial pledge | BR(20 d), at least 1 atto, + a share of 30% of the supply; at most 1 FIL / 32 GiB | 0081 |
//! | deposit of a new miner | pledge for a tenth of the least power in consensus | 0077 |
//! | daily fee | a share of the supply when the sector began, at most half of BR(1 d) | 0100 |
//! | continued fault (FF) | BR(3.51 d) a day | |
//! | invalid proof, disputed | BR(5.51 d) + 20 FIL, + 4 FIL for who disputed it | |
//! | termination | 8.5% of the pledge, less before 140 days; at least 2%, at least 105% of FF | 0098 |
//! | consensus fault | what five winners of an epoch get, a twentieth of an epoch's reward to who told | |

use fvm_shared::bigint::BigInt;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::StoragePower;
use num_integer::Integer;
use num_traits::Zero;

use crate::error::ActorError;
use crate::math::{FilterEstimate, PRECISION, extrapolated_cumsum_of_ratio};
use crate::policy::{EPOCHS_IN_DAY, EXPECTED_LEADERS_PER_EPOCH, Policy};

const PRE_COMMIT_DEPOSIT_PERIOD: ChainEpoch = 20 * EPOCHS_IN_DAY;
const INITIAL_PLEDGE_PERIOD: ChainEpoch = 20 * EPOCHS_IN_DAY;
const CONTINUED_FAULT_PERIOD: ChainEpoch = EPOCHS_IN_DAY * 351 / 100;
const INVALID_POST_PERIOD: ChainEpoch = CONTINUED_FAULT_PERIOD + 2 * EPOCHS_IN_DAY;

/// The age from which on a termination costs the full fee, in epochs (FIP-0098).
pub const TERMINATION_AGE_CAP: ChainEpoch = 140 * EPOCHS_IN_DAY;

/// Out of a thousand of additional pledge, how much is simple after the ramp (FIP-0081).
const SIMPLE_PLEDGE_PERMILLE: i64 = 300;

/// What an invalid proof costs besides BR.
const INVALID_POST_BASE_FIL: i64 = 20;
/// What disputing it earns.
const DISPUTE_REWARD_FIL: i64 = 4;

/// The network's two estimates, from which BR is reckoned.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// The reward of an epoch.
    pub reward: FilterEstimate,
    /// The network's quality-adjusted power.
    pub power: FilterEstimate,
}

impl Estimates {
    /// BR(t): what `qa_power` may expect to earn over a time. Never negative.
    ///
    /// # Errors
    /// 24 if the network's power stands still below a byte, but above none.
    pub fn expected_reward(
        &self,
        qa_power: &StoragePower,
        period: ChainEpoch,
    ) -> Result<TokenAmount, ActorError> {
        if self.power.estimate().is_zero() {
            return Ok(TokenAmount::from_atto(self.reward.estimate()));
        }
        let sum = extrapolated_cumsum_of_ratio(period, 0, &self.reward, &self.power)?;
        let reward: BigInt = (qa_power * sum) >> PRECISION;
        Ok(TokenAmount::from_atto(reward.max(BigInt::ZERO)))
    }

    /// BR(t), but at least 1 atto: deposits and pledges must show that there is something.
    fn expected_reward_positive(
        &self,
        qa_power: &StoragePower,
        period: ChainEpoch,
    ) -> Result<TokenAmount, ActorError> {
        Ok(self
            .expected_reward(qa_power, period)?
            .max(TokenAmount::from_atto(1)))
    }

    /// What is deposited for a sector until it is proven.
    ///
    /// # Errors
    /// As [`Self::expected_reward`].
    pub fn pre_commit_deposit(&self, qa_power: &StoragePower) -> Result<TokenAmount, ActorError> {
        self.expected_reward_positive(qa_power, PRE_COMMIT_DEPOSIT_PERIOD)
    }

    /// FF: what a day of a fault that was known before costs.
    ///
    /// # Errors
    /// As [`Self::expected_reward`].
    pub fn continued_fault_penalty(
        &self,
        qa_power: &StoragePower,
    ) -> Result<TokenAmount, ActorError> {
        self.expected_reward(qa_power, CONTINUED_FAULT_PERIOD)
    }

    /// What an invalid proof costs, besides the reward of who disputed it.
    ///
    /// # Errors
    /// As [`Self::expected_reward`].
    pub fn invalid_post_penalty(&self, qa_power: &StoragePower) -> Result<TokenAmount, ActorError> {
        let base = TokenAmount::from_whole(INVALID_POST_BASE_FIL);
        Ok(self.expected_reward(qa_power, INVALID_POST_PERIOD)? + base)
    }

    /// What the sectors of a deadline pay for a day: their fee, capped (FIP-0100).
    ///
    /// # Errors
    /// As [`Self::expected_reward`].
    pub fn daily_fee_payable(
        &self,
        policy: &Policy,
        daily_fee: &TokenAmount,
        live_qa_power: &StoragePower,
    ) -> Result<TokenAmount, ActorError> {
        let day_reward = self.expected_reward(live_qa_power, EPOCHS_IN_DAY)?;
        Ok(day_reward
            .div_floor(policy.daily_fee_reward_cap_denom)
            .min(daily_fee.clone()))
    }
}

/// What the pledge of a sector depends on besides its power.
#[derive(Clone, Debug)]
pub struct PledgeInputs {
    /// Reward and power.
    pub estimates: Estimates,
    /// The baseline of the reward.
    pub baseline_power: StoragePower,
    /// FIL in circulation.
    pub circulating_supply: TokenAmount,
    /// Since the ramp of FIP-0081 began; negative before.
    pub epochs_since_ramp_start: ChainEpoch,
    /// How long that ramp is.
    pub ramp_duration_epochs: u64,
}

impl PledgeInputs {
    /// What is pledged for a sector while it lives.
    ///
    /// # Errors
    /// As [`Estimates::expected_reward`].
    pub fn initial_pledge(&self, qa_power: &StoragePower) -> Result<TokenAmount, ActorError> {
        let storage = self
            .estimates
            .expected_reward_positive(qa_power, INITIAL_PLEDGE_PERIOD)?;
        let nominal = storage + TokenAmount::from_atto(self.consensus_pledge(qa_power));
        let per_byte = TokenAmount::from_whole(1).div_floor(32_u64 << 30);
        Ok(nominal.min(TokenAmount::from_atto(per_byte.atto() * qa_power)))
    }

    /// The share of the locked supply: of 30%, as much as the power's share in the network. The
    /// network is taken as no smaller than its baseline, except for the simple part (FIP-0081).
    fn consensus_pledge(&self, qa_power: &StoragePower) -> BigInt {
        let simple_permille = self.simple_permille();
        let network_power = self.estimates.power.estimate();
        let simple_denom = network_power.max(qa_power.clone());
        let baseline_denom = (&simple_denom).max(&self.baseline_power);

        // Each part: permille / 1000 * 3 / 10 * supply * power / denominator.
        let share = self.circulating_supply.atto() * 3 * qa_power;
        let part = |permille: i64, denom: &BigInt| -> BigInt {
            let num: BigInt = &share * permille;
            num.div_floor(&(denom * 10 * 1000))
        };
        part(1000 - simple_permille, baseline_denom) + part(simple_permille, &simple_denom)
    }

    fn simple_permille(&self) -> i64 {
        let since = self.epochs_since_ramp_start;
        let ramp = i64::try_from(self.ramp_duration_epochs).unwrap_or(i64::MAX);
        match since {
            _ if since < 0 => 0,
            _ if since >= ramp => SIMPLE_PLEDGE_PERMILLE,
            _ => since * SIMPLE_PLEDGE_PERMILLE / ramp,
        }
    }
}

/// What a sector pays a day, set when its power changes (FIP-0100).
#[must_use]
pub fn daily_fee(
    policy: &Policy,
    circulating_supply: &TokenAmount,
    qa_power: &StoragePower,
) -> TokenAmount {
    let num = BigInt::from(policy.daily_fee_supply_share_num);
    let denom = BigInt::from(policy.daily_fee_supply_share_denom);
    TokenAmount::from_atto((num * circulating_supply.atto() * qa_power).div_floor(&denom))
}

/// The daily fee of a sector that had one, in proportion to the change of its power.
#[must_use]
pub fn adjusted_daily_fee(
    daily_fee: &TokenAmount,
    old_qa_power: &StoragePower,
    new_qa_power: &StoragePower,
) -> TokenAmount {
    if old_qa_power == new_qa_power {
        return daily_fee.clone();
    }
    TokenAmount::from_atto((daily_fee.atto() * new_qa_power).div_floor(old_qa_power))
}

/// What it costs to end a sector early, by its age (FIP-0098).
#[must_use]
pub fn termination_penalty(
    initial_pledge: &TokenAmount,
    age: ChainEpoch,
    continued_fault_penalty: &TokenAmount,
) -> TokenAmount {
    let full = (initial_pledge * 85_u32).div_floor(1_000_u32);
    let by_age = (&full * age).div_floor(TERMINATION_AGE_CAP);
    let least_of_pledge = (initial_pledge * 2_u32).div_floor(100_u32);
    let least_of_fault = (continued_fault_penalty * 105_u32).div_floor(100_u32);
    full.min(by_age).max(least_of_pledge.max(least_of_fault))
}

/// What a consensus fault costs.
#[must_use]
pub fn consensus_fault_penalty(epoch_reward: &TokenAmount) -> TokenAmount {
    (epoch_reward * 5_u32).div_floor(EXPECTED_LEADERS_PER_EPOCH)
}

/// What reporting one earns: a quarter of what one winner gets.
#[must_use]
pub fn consensus_fault_reporter_reward(epoch_reward: &TokenAmount) -> TokenAmount {
    epoch_reward.div_floor(4 * EXPECTED_LEADERS_PER_EPOCH)
}

/// What disputing an invalid proof earns.
#[must_use]
pub fn dispute_reward() -> TokenAmount {
    TokenAmount::from_whole(DISPUTE_REWARD_FIL)
}

/// How much of a block's reward has to vest.
#[must_use]
pub fn locked_part_of_reward(reward: &TokenAmount) -> TokenAmount {
    (reward * 3_u32).div_floor(4_u32)
}

#[cfg(test)]
mod tests;
