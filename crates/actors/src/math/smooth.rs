//! Smoothed estimates of what changes every epoch, and sums of them over the future.

use std::sync::LazyLock;

use fvm_shared::bigint::{BigInt, Integer, bigint_ser};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use num_traits::Zero;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::{PRECISION, ln, parse};
use crate::error::{ActorError, OrExit};

/// How much of an error in the position is believed at once.
static ALPHA: LazyLock<BigInt> = LazyLock::new(|| parse("314760000000000000000000000000000000"));
/// How much of it is put down to the velocity.
static BETA: LazyLock<BigInt> = LazyLock::new(|| parse("96640100000000000000000000000000"));
/// The square of a velocity below which a quantity counts as constant.
static EPSILON: LazyLock<BigInt> = LazyLock::new(|| parse("302231454903657293676544"));

/// An estimate of a quantity and of its change an epoch, both in Q.128.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct FilterEstimate {
    /// How large it is.
    #[serde(with = "bigint_ser")]
    pub position: BigInt,
    /// How much it grows an epoch.
    #[serde(with = "bigint_ser")]
    pub velocity: BigInt,
}

impl FilterEstimate {
    /// From whole numbers.
    #[must_use]
    pub fn new(position: BigInt, velocity: BigInt) -> Self {
        Self {
            position: position << PRECISION,
            velocity: velocity << PRECISION,
        }
    }

    /// The position as a whole number, rounded down.
    #[must_use]
    pub fn estimate(&self) -> BigInt {
        &self.position >> PRECISION
    }

    /// The estimate after an observation (a whole number), `delta` epochs after this one: an
    /// alpha-beta filter.
    ///
    /// # Errors
    /// 24 if no epoch has passed.
    pub fn next(&self, observed: &BigInt, delta: ChainEpoch) -> Result<Self, ActorError> {
        let delta = BigInt::from(delta) << PRECISION;
        let predicted = ((&delta * &self.velocity) >> PRECISION) + &self.position;
        let residual = (observed << PRECISION) - &predicted;
        let position = predicted + ((&*ALPHA * &residual) >> PRECISION);
        let velocity = floor_of_ratio(&(residual * &*BETA), &delta)? + &self.velocity;
        Ok(Self { position, velocity })
    }
}

/// The sum of `numerator / denominator` over `delta` epochs that begin `start` epochs after the
/// estimates were made, in Q.128.
///
/// # Errors
/// 24 if the denominator stands still at zero.
pub fn extrapolated_cumsum_of_ratio(
    delta: ChainEpoch,
    start: ChainEpoch,
    numerator: &FilterEstimate,
    denominator: &FilterEstimate,
) -> Result<BigInt, ActorError> {
    let delta = BigInt::from(delta) << PRECISION;
    let start = BigInt::from(start) << PRECISION;
    let velocity_squared = (&denominator.velocity * &denominator.velocity) >> PRECISION;
    if velocity_squared > *EPSILON {
        Ok(cumsum_over_moving(
            &delta,
            &start,
            numerator,
            denominator,
            &velocity_squared,
        ))
    } else {
        cumsum_over_constant(delta, start, numerator, denominator)
    }
}

/// The integral of (p1 + v1 t) / (p2 + v2 t), which has a logarithm in it.
fn cumsum_over_moving(
    delta: &BigInt,
    start: &BigInt,
    numerator: &FilterEstimate,
    denominator: &FilterEstimate,
    velocity_squared: &BigInt,
) -> BigInt {
    let velocity = &denominator.velocity;
    let at_start = ((velocity * start) >> PRECISION) + &denominator.position;
    let at_end = ((velocity * delta) >> PRECISION) + &at_start;
    let growth = ln(&at_end) - ln(&at_start);

    let of_position: BigInt = (&growth * &numerator.position * velocity) >> PRECISION;
    let of_velocity: BigInt =
        ((velocity * delta - growth * &denominator.position) * &numerator.velocity) >> PRECISION;
    // More than EPSILON, hence not zero.
    (of_velocity + of_position).div_floor(velocity_squared)
}

/// The same where the denominator hardly moves: the numerator in the middle, times the length.
fn cumsum_over_constant(
    delta: BigInt,
    start: BigInt,
    numerator: &FilterEstimate,
    denominator: &FilterEstimate,
) -> Result<BigInt, ActorError> {
    let middle = start + (&delta >> 1);
    let in_middle = ((&numerator.velocity * middle) >> PRECISION) + &numerator.position;
    floor_of_ratio(&(in_middle * delta), &denominator.position)
}

fn floor_of_ratio(dividend: &BigInt, divisor: &BigInt) -> Result<BigInt, ActorError> {
    (!divisor.is_zero())
        .then(|| dividend.div_floor(divisor))
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "dividing by zero")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(position: i64, velocity: i64) -> FilterEstimate {
        FilterEstimate::new(position.into(), velocity.into())
    }

    /// The closed form against adding up the ratios of single epochs.
    #[track_caller]
    fn check_cumsum(numerator: (i64, i64), denominator: (i64, i64), start: i64, delta: i64) {
        let (num, denom) = (
            estimate(numerator.0, numerator.1),
            estimate(denominator.0, denominator.1),
        );
        let sum = extrapolated_cumsum_of_ratio(delta, start, &num, &denom).unwrap();
        // The middle of each epoch, doubled to stay whole.
        let at = |(position, velocity): (i64, i64), epoch: i64| {
            BigInt::from(2 * position) + BigInt::from(velocity) * (2 * epoch + 1)
        };
        let stepwise: BigInt = (start..start + delta)
            .map(|epoch| (at(numerator, epoch) << PRECISION) / at(denominator, epoch))
            .sum();
        let off = (&sum - &stepwise).magnitude() * 10_000_u32;
        assert!(off < *stepwise.magnitude(), "{sum} against {stepwise}");
    }

    #[test]
    fn the_sum_of_ratios_is_what_adding_gives() {
        check_cumsum((1 << 20, 1 << 10), (1 << 40, 1 << 30), 0, 200);
        check_cumsum((1 << 20, 1 << 10), (1 << 40, 1 << 30), 2000, 5000);
        check_cumsum((1 << 40, -(1 << 10)), (1 << 40, -(1 << 20)), 0, 10_000);
        check_cumsum((1 << 20, 7), (1 << 30, 0), 100, 300);
    }

    #[test]
    fn a_denominator_of_zero_is_24() {
        let none = FilterEstimate::default();
        let error = extrapolated_cumsum_of_ratio(10, 0, &estimate(1, 1), &none).unwrap_err();
        assert_eq!(error.code, ExitCode::USR_ASSERTION_FAILED);
        let error = estimate(1, 1).next(&BigInt::from(1), 0).unwrap_err();
        assert_eq!(error.code, ExitCode::USR_ASSERTION_FAILED);
    }

    #[test]
    fn the_filter_approaches_what_it_observes() {
        let mut filter = estimate(100, 0);
        let target = BigInt::from(1_000_000);
        for _ in 0..20_000 {
            filter = filter.next(&target, 1).unwrap();
        }
        let off = filter.estimate() - &target;
        assert!(
            off.magnitude() * 100_u32 < *target.magnitude(),
            "{}",
            filter.estimate()
        );
    }
}
