//! A sector, as it is kept in state.

use cid::Cid;
use fvm_shared::bigint::bigint_ser;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::{RegisteredSealProof, SectorNumber};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::commd::CompactCommD;
use super::power::DealWeight;

/// A proven sector.
///
/// Old sectors have no `daily_fee` on disk; it is written when they are next touched (FIP-0100).
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorOnChainInfo {
    /// Its number.
    pub sector_number: SectorNumber,
    /// How it was sealed, which says how it is proven.
    pub seal_proof: RegisteredSealProof,
    /// CommR.
    pub sealed_cid: Cid,
    /// No longer used.
    pub deprecated_deal_ids: Vec<DealID>,
    /// When its proof was accepted.
    pub activation: ChainEpoch,
    /// When it ends.
    pub expiration: ChainEpoch,
    /// Unverified data: space times duration.
    #[serde(with = "bigint_ser")]
    pub deal_weight: DealWeight,
    /// Verified data: space times duration.
    #[serde(with = "bigint_ser")]
    pub verified_deal_weight: DealWeight,
    /// What is pledged for it.
    pub initial_pledge: TokenAmount,
    /// No longer used (FIP-0098).
    pub expected_day_reward: Option<TokenAmount>,
    /// No longer used (FIP-0098).
    pub expected_storage_pledge: Option<TokenAmount>,
    /// From when on its weights count.
    pub power_base_epoch: ChainEpoch,
    /// No longer used (FIP-0098).
    pub replaced_day_reward: Option<TokenAmount>,
    /// CommR before the first replica update.
    pub sector_key_cid: Option<Cid>,
    /// What else there is to say of it.
    pub flags: SectorFlags,
    /// What it pays a day (FIP-0100).
    #[serde(default)]
    pub daily_fee: TokenAmount,
}

/// Bits of a sector. Those we don't know are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SectorFlags(u32);

impl SectorFlags {
    /// Its power is constant over its life (FIP-0045).
    pub const SIMPLE_QA_POWER: Self = Self(1);

    /// The bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Are all these set?
    #[must_use]
    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These, and those of `flags`.
    #[must_use]
    pub fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }
}

/// What a miner declares of a sector before it proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorPreCommitInfo {
    /// How it is sealed.
    pub seal_proof: RegisteredSealProof,
    /// Its number.
    pub sector_number: SectorNumber,
    /// CommR.
    pub sealed_cid: Cid,
    /// Of which epoch its ticket is.
    pub seal_rand_epoch: ChainEpoch,
    /// Deals it stores. New sectors declare pieces when they are proven instead.
    pub deal_ids: Vec<DealID>,
    /// When it will end.
    pub expiration: ChainEpoch,
    /// CommD.
    pub unsealed_cid: CompactCommD,
}

/// A pre-committed sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorPreCommitOnChainInfo {
    /// What was declared.
    pub info: SectorPreCommitInfo,
    /// What was deposited.
    pub pre_commit_deposit: TokenAmount,
    /// When.
    pub pre_commit_epoch: ChainEpoch,
}
