//! How much is minted. Numbers without a unit are Q.128.

use std::sync::LazyLock;

use fvm_shared::bigint::{BigInt, Integer};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::StoragePower;
use num_traits::Zero;

use crate::error::{ActorError, OrExit};
use crate::math::{ONE, PRECISION, exp_of_minus, parse};

/// What the baseline grows by each epoch: twofold in 1,051,200 epochs.
static BASELINE_GROWTH: LazyLock<BigInt> =
    LazyLock::new(|| parse("340282591298641078465964189926313473653"));

/// The first baseline: 2.5057 EiB.
pub(super) const BASELINE_INITIAL: u128 = 2_888_888_880_000_000_000;

/// ln(2) / 6 years: half of the simple part is minted in six years.
const LAMBDA: u128 = 37_396_271_439_864_487_274_534_522_888_786;
/// e^lambda - 1.
const EXP_LAMBDA_MINUS_ONE: u128 = 37_396_273_494_747_879_394_193_016_954_629;

/// FIL that flow with time alone.
pub(super) const SIMPLE_TOTAL_FIL: u64 = 330_000_000;
/// FIL that flow as the network keeps up with the baseline.
pub(super) const BASELINE_TOTAL_FIL: u64 = 770_000_000;

/// The baseline of the epoch before the first.
pub(super) fn baseline_before_first() -> StoragePower {
    ((BigInt::from(BASELINE_INITIAL) << (2 * PRECISION)) / &*BASELINE_GROWTH) >> PRECISION
}

/// The baseline of the next epoch.
pub(super) fn baseline_after(power: &StoragePower) -> StoragePower {
    (power * &*BASELINE_GROWTH) >> PRECISION
}

/// The effective network time: when the baseline would have summed up to what the network has
/// really had. `time` is it rounded up, and between whole epochs it is taken to be linear.
///
/// # Errors
/// 24 if the baseline is zero.
pub(super) fn theta(
    time: ChainEpoch,
    baseline_at_time: &StoragePower,
    cumsum_realized: &BigInt,
    cumsum_baseline: &BigInt,
) -> Result<BigInt, ActorError> {
    if time == 0 {
        return Ok(BigInt::ZERO);
    }
    let missing = (cumsum_baseline - cumsum_realized) << PRECISION;
    let fraction = (!baseline_at_time.is_zero())
        .then(|| missing.div_floor(baseline_at_time))
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "a baseline of zero")?;
    Ok((BigInt::from(time) << PRECISION) - fraction)
}

/// What all leaders of an epoch get together, if the effective network time moves from one theta
/// to another in it.
pub(super) fn reward(
    epoch: ChainEpoch,
    theta_before: &BigInt,
    theta_after: &BigInt,
    simple_total: &TokenAmount,
    baseline_total: &TokenAmount,
) -> TokenAmount {
    let decay = exp_of_minus(&(BigInt::from(LAMBDA) * epoch));
    let simple = (simple_total.atto() * EXP_LAMBDA_MINUS_ONE * decay) >> PRECISION;
    let baseline = baseline_supply(theta_after, baseline_total)
        - baseline_supply(theta_before, baseline_total);
    TokenAmount::from_atto((simple + baseline) >> PRECISION)
}

/// What of the baseline's part is minted up to a theta.
fn baseline_supply(theta: &BigInt, total: &TokenAmount) -> BigInt {
    let remaining = exp_of_minus(&((theta * LAMBDA) >> PRECISION));
    (&*ONE - remaining) * total.atto()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_theta(time: ChainEpoch, realized: u64, baseline: u64, quarters: u64) {
        // A baseline that grows by 2048 each epoch.
        let at_time = BigInt::from((time + 1) * 2048);
        let theta = theta(time, &at_time, &realized.into(), &baseline.into()).unwrap();
        assert_eq!(theta, (BigInt::from(quarters) << PRECISION) / 4);
    }

    #[test]
    fn theta_lies_between_epochs() {
        check_theta(0, 7, 9, 0);
        check_theta(1, 2048 + 2 * 2048 / 2, 3 * 2048, 2);
        check_theta(1, 2048 + 2 * 2048 / 4, 3 * 2048, 1);
        let sum_15 = 16 * 17 / 2 * 2048;
        check_theta(16, sum_15 + 17 * 2048 / 4, sum_15 + 17 * 2048, 61);
    }

    #[test]
    fn a_baseline_of_zero_is_24() {
        let error = theta(1, &BigInt::ZERO, &BigInt::ZERO, &BigInt::from(1)).unwrap_err();
        assert_eq!(error.code, ExitCode::USR_ASSERTION_FAILED);
    }

    #[test]
    fn the_simple_part_halves_in_six_years() {
        let total = TokenAmount::from_whole(SIMPLE_TOTAL_FIL);
        let none = TokenAmount::default();
        let at = |epoch| reward(epoch, &BigInt::ZERO, &BigInt::ZERO, &total, &none);
        let six_years = 6 * crate::policy::EPOCHS_IN_YEAR;
        // The year of the formula has 365 days, ours a quarter more: hence the slack.
        let half = at(six_years).atto() * 2;
        let difference: BigInt = half - at(0).atto();
        assert!(difference.magnitude() * 1000_u32 < *at(0).atto().magnitude());
        assert_eq!(at(0).atto().to_string(), "36266264293777134739");
    }

    #[test]
    fn the_baseline_doubles_in_a_year() {
        let mut power = baseline_before_first();
        for _ in 0..1_051_200 {
            power = baseline_after(&power);
        }
        let ratio = power * 1_000_000 / baseline_before_first();
        assert!(
            (BigInt::from(1_999_990)..=BigInt::from(2_000_010)).contains(&ratio),
            "{ratio}"
        );
    }
}
