//! Amounts as people write them: `5 FIL`, `0.25 FIL`, `300 nanoFIL`, or plain attoFIL.

use anyhow::{Context, Result, bail, ensure};
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;

/// The units, and how many decimal places each is above attoFIL.
const UNITS: [(&str, usize); 7] = [
    ("FIL", 18),
    ("milliFIL", 15),
    ("microFIL", 12),
    ("nanoFIL", 9),
    ("picoFIL", 6),
    ("femtoFIL", 3),
    ("attoFIL", 0),
];

/// Parses an amount. Digits alone count attoFIL.
pub fn parse(text: &str) -> Result<TokenAmount> {
    parse_parts(text).with_context(|| {
        format!("{text:?} is not an amount; write \"1.5 FIL\", \"20 nanoFIL\" or digits of attoFIL")
    })
}

fn parse_parts(text: &str) -> Result<TokenAmount> {
    let text = text.trim();
    let split = text
        .find(|c: char| !matches!(c, '0'..='9' | '.' | '_'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim();
    let unit = if unit.is_empty() { "attoFIL" } else { unit };
    let places = UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let Some((_, places)) = places else {
        bail!("there is no unit {unit:?}")
    };

    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let digits = format!("{whole}{fraction}");
    ensure!(!digits.is_empty(), "there is no number");
    ensure!(digits.len() <= 60, "the number is too long");
    let fraction = fraction.trim_end_matches('0');
    ensure!(fraction.len() <= *places, "it is finer than an attoFIL");
    let atto: BigInt = format!("{whole}{fraction:0<places$}").parse()?;
    Ok(TokenAmount::from_atto(atto))
}

/// Shows an amount in FIL, nanoFIL or attoFIL, whichever has the fewest zeros in front.
#[must_use]
pub fn show(amount: &TokenAmount) -> String {
    let magnitude = amount.atto().magnitude().to_string();
    let (unit, places) = match magnitude.len() {
        0..10 => ("attoFIL", 0),
        10..16 => ("nanoFIL", 9),
        _ => ("FIL", 18),
    };
    let digits = format!("{magnitude:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if amount.is_negative() { "-" } else { "" };
    format!("{sign}{whole}{point}{fraction} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, atto: &str) {
        assert_eq!(parse(text).expect(text).atto().to_string(), atto, "{text}");
    }

    #[test]
    fn amounts_have_units() {
        check("5 FIL", "5000000000000000000");
        check("0.25FIL", "250000000000000000");
        check("1.000000000000000001 FIL", "1000000000000000001");
        check(".5 nanofil", "500000000");
        check("12_345", "12345");
        check("7 attoFIL", "7");
        check("1.0 attofil", "1");
        check("0", "0");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for bad in [
            "", "FIL", ".", "1.5", "1 fill", "1..5 FIL", "-1", "1e3", "0x10", "1 2",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(
            parse("0.0000000000000000001 FIL").is_err(),
            "finer than an attoFIL"
        );
        assert!(parse(&"9".repeat(61)).is_err());
    }

    #[test]
    fn amounts_are_shown() {
        for text in [
            "1.5 FIL",
            "1000 FIL",
            "0.001 FIL",
            "999.9 nanoFIL",
            "1 nanoFIL",
            "100 attoFIL",
        ] {
            assert_eq!(show(&parse(text).expect("an amount")), text);
        }
        assert_eq!(show(&TokenAmount::default()), "0 attoFIL");
        assert_eq!(show(&TokenAmount::from_whole(-2)), "-2 FIL");
    }
}
