//! The fixed-point mathematics of rewards and power, exact to the last bit.
//!
//! Numbers are Q.128: integers that count 2^-128. Multiplying two shifts right by 128, which
//! rounds down; so do all divisions. Functions that start from rational approximations have the
//! network's coefficients, and the network's order of operations.

mod exponential;
mod logarithm;
mod smooth;

use std::sync::LazyLock;

use fvm_shared::bigint::BigInt;

pub use exponential::exp_of_minus;
pub use logarithm::ln;
pub use smooth::{FilterEstimate, extrapolated_cumsum_of_ratio};

/// How many bits of a number come after the point.
pub const PRECISION: u64 = 128;

/// One.
pub static ONE: LazyLock<BigInt> = LazyLock::new(|| BigInt::from(1) << PRECISION);

/// A polynomial with coefficients in Q.128, the highest power first.
struct Polynomial(Vec<BigInt>);

impl Polynomial {
    fn parse(coefficients: &[&str]) -> Self {
        Self(coefficients.iter().map(|text| parse(text)).collect())
    }

    /// Its value at `x`, by Horner's rule.
    fn at(&self, x: &BigInt) -> BigInt {
        self.0
            .iter()
            .fold(BigInt::ZERO, |sum, c| ((sum * x) >> PRECISION) + c)
    }
}

/// A constant beyond 128 bits. Only called with literals.
pub(crate) fn parse(literal: &str) -> BigInt {
    literal.parse().expect("a decimal literal")
}
