//! Between words of the EVM and amounts of FIL.

use fvm_shared::bigint::{BigInt, Sign};
use fvm_shared::econ::TokenAmount;
use revm_interpreter::primitives::U256;

/// An amount as a word. No amount is negative or has more than 256 bits: there are 2^91 attoFIL.
pub(super) fn word_of(amount: &TokenAmount) -> U256 {
    match u64::try_from(amount.atto()) {
        Ok(small) => U256::from(small),
        Err(_) => U256::try_from_be_slice(&amount.atto().to_bytes_be().1).unwrap_or(U256::MAX),
    }
}

/// A word as an amount.
pub(super) fn amount_of(word: U256) -> TokenAmount {
    match u128::try_from(word) {
        Ok(small) => TokenAmount::from_atto(small),
        Err(_) => {
            TokenAmount::from_atto(BigInt::from_bytes_be(Sign::Plus, &word.to_be_bytes::<32>()))
        }
    }
}
