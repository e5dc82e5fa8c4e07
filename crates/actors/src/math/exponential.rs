//! Powers of e.

use std::sync::LazyLock;

use fvm_shared::bigint::{BigInt, Integer};

use super::{PRECISION, Polynomial};

static NUMERATOR: LazyLock<Polynomial> = LazyLock::new(|| {
    Polynomial::parse(&[
        "-648770010757830093818553637600",
        "67469480939593786226847644286976",
        "-3197587544499098424029388939001856",
        "89244641121992890118377641805348864",
        "-1579656163641440567800982336819953664",
        "17685496037279256458459817590917169152",
        "-115682590513835356866803355398940131328",
        "340282366920938463463374607431768211456",
    ])
});

static DENOMINATOR: LazyLock<Polynomial> = LazyLock::new(|| {
    Polynomial::parse(&[
        "1225524182432722209606361",
        "114095592300906098243859450",
        "5665570424063336070530214243",
        "194450132448609991765137938448",
        "5068267641632683791026134915072",
        "104716890604972796896895427629056",
        "1748338658439454459487681798864896",
        "23704654329841312470660182937960448",
        "259380097567996910282699886670381056",
        "2250336698853390384720606936038375424",
        "14978272436876548034486263159246028800",
        "72144088983913131323343765784380833792",
        "224599776407103106596571252037123047424",
        "340282366920938463463374607431768211456",
    ])
});

/// e^-x for x >= 0. The error is below 3.4e-30 up to 1.725 and below 4.6e-15 up to 5.
#[must_use]
pub fn exp_of_minus(x: &BigInt) -> BigInt {
    // All coefficients below are positive, so that the divisor is too.
    (NUMERATOR.at(x) << PRECISION).div_floor(&DENOMINATOR.at(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{ONE, parse};

    #[track_caller]
    fn check_exp(x: u64, expected: &str, digits: u32) {
        let off = exp_of_minus(&(&*ONE * x)) - parse(expected);
        let bound = BigInt::from(10).pow(digits);
        assert!(
            BigInt::from(off.magnitude().clone()) * bound < *ONE,
            "{}",
            exp_of_minus(&(&*ONE * x))
        );
    }

    #[test]
    fn powers_are_those_of_the_tables() {
        assert_eq!(exp_of_minus(&BigInt::ZERO), *ONE);
        check_exp(1, "125182886983370532117250726298150828301", 29);
        check_exp(3, "16941661466271327126146327822211253888", 14);
    }
}
