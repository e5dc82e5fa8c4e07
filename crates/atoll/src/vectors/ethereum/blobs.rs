//! What a transaction pays for its blobs (EIP-4844). Filecoin has none: it is burnt here, and the
//! transaction is played as the call that it makes.

use anyhow::{Context, Result};
use fvm_shared::bigint::BigInt;
use num_traits::ToPrimitive;

use super::format::{Header, Transaction};

/// The type of transactions with blobs.
pub const KIND: u64 = 3;

/// The gas of a blob, which is not that of execution.
const GAS: u64 = 1 << 17;
/// How many a block may have.
const BLOCK_MAX: usize = 6;
/// The first byte of a blob's hash.
pub const HASH_VERSION: u8 = 1;

/// What a transaction pays for its blobs.
pub fn fee(transaction: &Transaction, header: &Header) -> Result<u128> {
    let fee = gas(transaction) * price(header);
    fee.to_u128().context("a fee for blobs beyond 128 bits")
}

/// The gas of a transaction's blobs.
#[must_use]
pub fn gas(transaction: &Transaction) -> BigInt {
    BigInt::from(transaction.blob_versioned_hashes.len()) * GAS
}

/// What a unit of it costs: `e` to the power of the excess over this, as far as whole numbers go.
#[must_use]
pub fn price(header: &Header) -> BigInt {
    const UPDATE_FRACTION: u64 = 3_338_477;
    // Nobody can pay what is beyond this, and the sum below would take long.
    const EXCESS_MAX: u64 = 1 << 32;
    let excess = BigInt::from(header.excess_blob_gas.0.min(EXCESS_MAX));
    let (mut sum, mut term) = (BigInt::ZERO, BigInt::from(UPDATE_FRACTION));
    let mut order = 1_u64;
    while term > BigInt::ZERO {
        sum += &term;
        term = term * &excess / (BigInt::from(UPDATE_FRACTION) * order);
        order += 1;
    }
    sum / UPDATE_FRACTION
}

/// Does a block have more than it may?
pub fn too_many<'a>(transactions: impl Iterator<Item = &'a Transaction>) -> bool {
    let blobs: usize = transactions
        .map(|transaction| transaction.blob_versioned_hashes.len())
        .sum();
    blobs > BLOCK_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_price(excess: u64, expected: u64) {
        let header = serde_json::json!({
            "coinbase": format!("0x{}", "00".repeat(20)),
            "number": "0x01",
            "timestamp": "0x01",
            "gasLimit": "0x01",
            "gasUsed": "0x00",
            "excessBlobGas": format!("{excess:#x}"),
            "bloom": "0x",
            "receiptTrie": "0x",
        });
        let header: Header = serde_json::from_value(header).expect("it is well formed");
        assert_eq!(price(&header), expected.into(), "{excess}");
    }

    #[test]
    fn prices_rise_by_an_eighth_for_each_full_block() {
        check_price(0, 1);
        // The least excess at which it is 2: 3,338,477 times the logarithm of 2.
        check_price(2_314_057, 1);
        check_price(2_314_058, 2);
        check_price(10 * 3_338_477, 22_026);
    }
}
