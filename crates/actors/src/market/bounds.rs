//! What a deal may be: how long, how dear, how well covered.

use fvm_shared::bigint::{BigInt, Integer};
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::StoragePower;

use crate::policy::Policy;

/// The longest label, in bytes.
pub const LABEL_SIZE_MAX: usize = 256;

/// No price and no collateral may be above: all the Filecoin there can be.
#[must_use]
pub fn amount_max() -> TokenAmount {
    TokenAmount::from_whole(2_000_000_000)
}

/// The network as the provider's collateral sees it.
#[derive(Clone, Debug)]
pub struct NetworkSize {
    /// All raw power, in bytes.
    pub raw_power: StoragePower,
    /// What the baseline asks for.
    pub baseline_power: StoragePower,
    /// The FIL in circulation.
    pub circulating_supply: TokenAmount,
}

/// The least collateral of a provider for a piece: a share of the circulating supply, times the
/// piece's share of the network's power.
///
/// The piece counts against the largest of baseline, network and itself, so its share is at most
/// one.
#[must_use]
pub fn provider_collateral_min(
    policy: &Policy,
    size: PaddedPieceSize,
    network: &NetworkSize,
) -> TokenAmount {
    // A piece has at least one byte wherever this is asked: the divisor is positive.
    let piece = BigInt::from(size.0.max(1));
    let whole = (&network.raw_power)
        .max(&network.baseline_power)
        .max(&piece);
    let numerator =
        network.circulating_supply.atto() * policy.provider_collateral_supply_share_num * &piece;
    let denominator = whole * policy.provider_collateral_supply_share_denom;
    TokenAmount::from_atto(numerator.div_floor(&denominator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_collateral_is_one_percent_of_supply_by_share() {
        let network = |raw: u64, baseline: u64| NetworkSize {
            raw_power: raw.into(),
            baseline_power: baseline.into(),
            circulating_supply: TokenAmount::from_atto(1_000_000),
        };
        let min = |piece, raw, baseline| {
            let network = network(raw, baseline);
            provider_collateral_min(&Policy::mainnet(), PaddedPieceSize(piece), &network)
        };
        assert_eq!(min(128, 1280, 0), TokenAmount::from_atto(1000));
        assert_eq!(min(128, 0, 1280), TokenAmount::from_atto(1000));
        assert_eq!(min(128, 0, 0), TokenAmount::from_atto(10_000));
        // Rounded down.
        assert_eq!(min(128, 1_280_001, 0), TokenAmount::from_atto(0));
    }
}
