//! What the tests of this folder share.

use cid::Cid;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::{RegisteredSealProof, SectorNumber, SectorSize};
use num_traits::Zero;

use super::power::DealWeight;
use super::sector::{SectorFlags, SectorOnChainInfo};

/// The size of all sectors in tests.
pub(super) const SIZE: SectorSize = SectorSize::_32GiB;

/// A sector without data: activated at 1, ends at 10, pledges 1000 atto, pays 1 atto a day.
pub(super) fn sector(number: SectorNumber) -> SectorOnChainInfo {
    SectorOnChainInfo {
        sector_number: number,
        seal_proof: RegisteredSealProof::StackedDRG32GiBV1P1,
        sealed_cid: Cid::default(),
        deprecated_deal_ids: Vec::new(),
        activation: 1,
        expiration: 10,
        deal_weight: DealWeight::zero(),
        verified_deal_weight: DealWeight::zero(),
        initial_pledge: TokenAmount::from_atto(1000),
        expected_day_reward: None,
        expected_storage_pledge: None,
        power_base_epoch: 1,
        replaced_day_reward: None,
        sector_key_cid: None,
        flags: SectorFlags::SIMPLE_QA_POWER,
        daily_fee: TokenAmount::from_atto(1),
    }
}
