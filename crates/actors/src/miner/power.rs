//! What a sector counts: raw bytes, and bytes adjusted by the quality of what it stores.
//!
//! Quality is 1 for a sector without verified data and 10 for one full of it, weighted by space
//! and time (FIP-0003). It is held with 20 bits after the point.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use fvm_shared::bigint::{BigInt, bigint_ser};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::sector::{SectorSize, StoragePower};
use num_integer::Integer;
use num_traits::{Signed, Zero};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::sector::SectorOnChainInfo;

/// Space times duration, in byte-epochs.
pub type DealWeight = BigInt;

const QUALITY_PRECISION_BITS: u32 = 20;
/// Quality times ten of a sector without verified data.
const QUALITY_BASE: u32 = 10;
/// Quality times ten of a sector full of verified data.
const QUALITY_VERIFIED: u32 = 100;

/// Raw and quality-adjusted power.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct PowerPair {
    /// Bytes.
    #[serde(with = "bigint_ser")]
    pub raw: StoragePower,
    /// Bytes times quality.
    #[serde(with = "bigint_ser")]
    pub qa: StoragePower,
}

impl PowerPair {
    /// Is there none?
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.raw.is_zero() && self.qa.is_zero()
    }

    /// Is there less than none of either?
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.raw.is_negative() || self.qa.is_negative()
    }
}

impl Add<&PowerPair> for &PowerPair {
    type Output = PowerPair;
    fn add(self, other: &PowerPair) -> PowerPair {
        PowerPair {
            raw: &self.raw + &other.raw,
            qa: &self.qa + &other.qa,
        }
    }
}

impl Sub<&PowerPair> for &PowerPair {
    type Output = PowerPair;
    fn sub(self, other: &PowerPair) -> PowerPair {
        PowerPair {
            raw: &self.raw - &other.raw,
            qa: &self.qa - &other.qa,
        }
    }
}

impl AddAssign<&Self> for PowerPair {
    fn add_assign(&mut self, other: &Self) {
        self.raw += &other.raw;
        self.qa += &other.qa;
    }
}

impl SubAssign<&Self> for PowerPair {
    fn sub_assign(&mut self, other: &Self) {
        self.raw -= &other.raw;
        self.qa -= &other.qa;
    }
}

impl Neg for PowerPair {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            raw: -self.raw,
            qa: -self.qa,
        }
    }
}

impl Sum for PowerPair {
    fn sum<I: Iterator<Item = Self>>(powers: I) -> Self {
        powers.fold(Self::default(), |total, power| &total + &power)
    }
}

/// The raw power of a sector.
#[must_use]
pub fn raw_power(size: SectorSize) -> StoragePower {
    BigInt::from(size as u64)
}

/// The quality-adjusted power of a sector that stores so much verified data over so long a time.
///
/// None for a sector without duration. No such sector is ever stored: extension and replica
/// update, which could make one, refuse to.
#[must_use]
pub fn qa_power_for_weight(
    size: SectorSize,
    duration: ChainEpoch,
    verified_weight: &DealWeight,
) -> StoragePower {
    if verified_weight.is_zero() && duration != 0 {
        // The formula below with nothing verified; nearly every sector of the network.
        return raw_power(size);
    }
    let space_time = raw_power(size) * duration;
    if space_time.is_zero() {
        return StoragePower::zero();
    }
    let weighted =
        (&space_time - verified_weight) * QUALITY_BASE + verified_weight * QUALITY_VERIFIED;
    let quality = (weighted << QUALITY_PRECISION_BITS)
        .div_floor(&space_time)
        .div_floor(&BigInt::from(QUALITY_BASE));
    (raw_power(size) * quality) >> QUALITY_PRECISION_BITS
}

/// The most that a sector of this size can count.
#[must_use]
pub fn qa_power_max(size: SectorSize) -> StoragePower {
    raw_power(size) * QUALITY_VERIFIED / QUALITY_BASE
}

/// The quality-adjusted power of a sector.
#[must_use]
pub fn qa_power_for_sector(size: SectorSize, sector: &SectorOnChainInfo) -> StoragePower {
    let duration = sector.expiration - sector.power_base_epoch;
    qa_power_for_weight(size, duration, &sector.verified_deal_weight)
}

/// The power of a sector.
#[must_use]
pub fn power_for_sector(size: SectorSize, sector: &SectorOnChainInfo) -> PowerPair {
    PowerPair {
        raw: raw_power(size),
        qa: qa_power_for_sector(size, sector),
    }
}

/// The power of some sectors.
pub fn power_for_sectors<'s>(
    size: SectorSize,
    sectors: impl IntoIterator<Item = &'s SectorOnChainInfo>,
) -> PowerPair {
    sectors
        .into_iter()
        .map(|sector| power_for_sector(size, sector))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: SectorSize = SectorSize::_32GiB;

    #[test]
    fn quality_runs_from_one_to_ten() {
        let full = raw_power(SIZE) * 100;
        assert_eq!(
            qa_power_for_weight(SIZE, 100, &BigInt::zero()),
            raw_power(SIZE)
        );
        assert_eq!(qa_power_for_weight(SIZE, 100, &full), raw_power(SIZE) * 10);
        assert_eq!(qa_power_for_weight(SIZE, 100, &full), qa_power_max(SIZE));
        assert_eq!(
            qa_power_for_weight(SIZE, 100, &(full / 2)),
            raw_power(SIZE) * 11 / 2
        );
    }

    #[test]
    fn precision_is_cut_off() {
        // 3 byte-epochs of 2^35 * 7: below one part in 2^20.
        assert_eq!(
            qa_power_for_weight(SIZE, 7, &BigInt::from(3)),
            raw_power(SIZE)
        );
    }

    #[test]
    fn no_duration_no_power() {
        assert_eq!(
            qa_power_for_weight(SIZE, 0, &BigInt::zero()),
            BigInt::zero()
        );
    }
}
