//! The base fee of the next tipset.

use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use num_bigint::BigInt;
use num_traits::Zero;

/// The most gas that the messages of a block may ask for.
pub const BLOCK_GAS_LIMIT: u64 = 10_000_000_000;
/// Where utilization neither raises nor lowers the base fee (EIP-1559).
const BLOCK_GAS_TARGET: u64 = BLOCK_GAS_LIMIT / 2;
/// The unit of gas, counted from the best paid, whose premium decides (FIP-0115).
const PREMIUM_INDEX: u64 = BLOCK_GAS_LIMIT / 5 * 4 - 1;
/// A base fee changes by at most an eighth.
const CHANGE_MAX_DENOMINATOR: u64 = 8;
/// The least a base fee can be, in attoFIL a unit of gas.
pub const BASE_FEE_MIN: u64 = 100;
/// The first network version whose base fee follows premiums (FIP-0115).
const FROM_PREMIUMS: NetworkVersion = NetworkVersion::new(28);

/// The base fee after a tipset of one block with these messages, which paid `base_fee`.
pub fn next<'a>(
    version: NetworkVersion,
    base_fee: &TokenAmount,
    messages: impl IntoIterator<Item = &'a Message>,
) -> TokenAmount {
    if version >= FROM_PREMIUMS {
        let bids = messages
            .into_iter()
            .map(|message| (effective_premium(message, base_fee), message.gas_limit));
        from_premiums(base_fee, bids.collect())
    } else {
        let asked = messages
            .into_iter()
            .fold(0u64, |sum, message| sum.saturating_add(message.gas_limit));
        from_utilization(base_fee, asked)
    }
}

/// What a message really pays above the base fee, a unit of gas.
#[must_use]
pub fn effective_premium(message: &Message, base_fee: &TokenAmount) -> TokenAmount {
    let left = (&message.gas_fee_cap - base_fee).max(TokenAmount::zero());
    left.min(message.gas_premium.clone())
}

/// FIP-0115: up by at most an eighth, as far as the premium at four fifths of the block's gas
/// exceeds that; down by an eighth where nobody pays so much.
fn from_premiums(base_fee: &TokenAmount, mut bids: Vec<(TokenAmount, u64)>) -> TokenAmount {
    bids.sort_by(|(one, _), (other, _)| other.cmp(one));
    let mut index = PREMIUM_INDEX;
    let mut premium = TokenAmount::zero();
    for (bid, gas) in bids {
        if index < gas {
            premium = bid;
            break;
        }
        index -= gas;
    }
    let eighth = TokenAmount::from_atto(
        (base_fee.atto() + BigInt::from(CHANGE_MAX_DENOMINATOR - 1)) / CHANGE_MAX_DENOMINATOR,
    );
    let change = eighth.clone().min(premium - eighth);
    (base_fee + change).max(TokenAmount::from_atto(BASE_FEE_MIN))
}

/// EIP-1559, with the gas that was asked for instead of the gas that was used.
fn from_utilization(base_fee: &TokenAmount, asked: u64) -> TokenAmount {
    let target = BigInt::from(BLOCK_GAS_TARGET);
    let delta = (BigInt::from(asked) - &target).min(target.clone());
    // The network divides towards minus infinity, twice.
    let change = floor_div(&(base_fee.atto() * delta), &target);
    let change = floor_div(&change, &BigInt::from(CHANGE_MAX_DENOMINATOR));
    (base_fee + TokenAmount::from_atto(change)).max(TokenAmount::from_atto(BASE_FEE_MIN))
}

/// Division towards minus infinity by a positive number.
fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    let quotient = a / b;
    if (a % b) < BigInt::zero() {
        quotient - 1
    } else {
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atto(amount: u64) -> TokenAmount {
        TokenAmount::from_atto(amount)
    }

    #[test]
    fn premiums_raise_it_only_when_four_fifths_of_the_block_pay() {
        let check = |base_fee, bids: &[(u64, u64)], next| {
            let bids = bids.iter().map(|&(bid, gas)| (atto(bid), gas)).collect();
            assert_eq!(from_premiums(&atto(base_fee), bids), atto(next));
        };
        check(100, &[], 100);
        check(1_000, &[], 875);
        // Paid, but one unit of gas short of enough of the block.
        check(1_000, &[(1_250, 7_999_999_999)], 875);
        check(1_000, &[(1_250, 8_000_000_000)], 1_125);
        // Between: the premium less an eighth.
        check(1_000, &[(150, 9_000_000_000)], 1_025);
        // The best paid come first, in whatever order they stand.
        check(1_000, &[(1, 5_000_000_000), (200, 8_000_000_000)], 1_075);
    }

    #[test]
    fn utilization_moves_it_by_at_most_an_eighth() {
        // As Lotus' own table of cases has it (after the Smoke upgrade).
        for (base_fee, asked, next) in [
            (100_000_000, 0, 87_500_000),
            (100_000_000, 5_000_000_000, 100_000_000),
            (100_000_000, 10_000_000_000, 112_500_000),
            (100_000_000, 12_000_000_000, 112_500_000),
            (100, 0, 100),
        ] {
            assert_eq!(
                from_utilization(&atto(base_fee), asked),
                atto(next),
                "{asked}"
            );
        }
    }
}
