//! The natural logarithm.

use std::sync::LazyLock;

use fvm_shared::bigint::{BigInt, Integer};

use super::{PRECISION, Polynomial, parse};

static LN_2: LazyLock<BigInt> = LazyLock::new(|| parse("235865763225513294137944142764154484399"));

static NUMERATOR: LazyLock<Polynomial> = LazyLock::new(|| {
    Polynomial::parse(&[
        "261417938209272870992496419296200268025",
        "7266615505142943436908456158054846846897",
        "32458783941900493142649393804518050491988",
        "17078670566130897220338060387082146864806",
        "-35150353308172866634071793531642638290419",
        "-20351202052858059355702509232125230498980",
        "-1563932590352680681114104005183375350999",
    ])
});

static DENOMINATOR: LazyLock<Polynomial> = LazyLock::new(|| {
    Polynomial::parse(&[
        "49928077726659937662124949977867279384",
        "2508163877009111928787629628566491583994",
        "21757751789594546643737445330202599887121",
        "53400635271583923415775576342898617051826",
        "41248834748603606604000911015235164348839",
        "9015227820322455780436733526367238305537",
        "340282366920938463463374607431768211456",
    ])
});

/// ln(z). For z <= 0 there is none: the answer is then a number without meaning, the same on
/// every node.
#[must_use]
pub fn ln(z: &BigInt) -> BigInt {
    let exponent = z.bits() as i64 - 1 - PRECISION as i64;
    let mantissa = if exponent > 0 {
        z >> exponent
    } else {
        z << -exponent
    };
    exponent * &*LN_2 + ln_between_one_and_two(&mantissa)
}

fn ln_between_one_and_two(x: &BigInt) -> BigInt {
    // From 1 to 2 the divisor is at least one: its coefficients are positive.
    (NUMERATOR.at(x) << PRECISION).div_floor(&DENOMINATOR.at(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::ONE;

    /// To a part in 10^14 of one.
    #[track_caller]
    fn check_ln(numerator: u64, denominator: u64, expected: &str) {
        let z = &*ONE * numerator / denominator;
        let off = ln(&z) - parse(expected);
        assert!(
            off.magnitude() * 10_u64.pow(14) < *ONE.magnitude(),
            "{}",
            ln(&z)
        );
    }

    #[test]
    fn logarithms_are_those_of_the_tables() {
        check_ln(1, 1, "0");
        check_ln(2, 1, "235865763225513294137944142764154484399");
        check_ln(1, 2, "-235865763225513294137944142764154484399");
        check_ln(10, 1, "783529105480883066805338482703447369891");
    }
}
