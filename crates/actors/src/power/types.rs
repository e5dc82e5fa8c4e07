//! What the power actor takes and gives.

use fvm_ipld_encoding::{BytesDe, RawBytes, strict_bytes};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::bigint::bigint_ser;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::{RegisteredPoStProof, StoragePower};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::math::FilterEstimate;

/// CreateMiner's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct CreateMinerParams {
    /// Who owns the miner.
    pub owner: Address,
    /// Who works for it.
    pub worker: Address,
    /// How it proves that it stores what it says.
    pub window_post_proof_type: RegisteredPoStProof,
    /// Its libp2p peer id.
    #[serde(with = "strict_bytes")]
    pub peer: Vec<u8>,
    /// Where it listens.
    pub multiaddrs: Vec<BytesDe>,
}

/// What CreateMiner returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct CreateMinerReturn {
    /// The miner's id, as an address.
    pub id_address: Address,
    /// An address that stays the same if the chain reorganises.
    pub robust_address: Address,
}

/// UpdateClaimedPower's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct UpdateClaimedPowerParams {
    /// Bytes that came or went.
    #[serde(with = "bigint_ser")]
    pub raw_byte_delta: StoragePower,
    /// The same, weighted by quality.
    #[serde(with = "bigint_ser")]
    pub quality_adjusted_delta: StoragePower,
}

/// EnrollCronEvent's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct EnrollCronEventParams {
    /// When the miner wants to be called.
    pub event_epoch: ChainEpoch,
    /// With what.
    pub payload: RawBytes,
}

/// UpdatePledgeTotal's parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UpdatePledgeTotalParams {
    /// Pledge that came or went.
    pub pledge_delta: TokenAmount,
}

/// What CurrentTotalPower returns: as of the end of the last epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct CurrentTotalPowerReturn {
    /// Bytes.
    #[serde(with = "bigint_ser")]
    pub raw_byte_power: StoragePower,
    /// The same, weighted by quality.
    #[serde(with = "bigint_ser")]
    pub quality_adj_power: StoragePower,
    /// Pledge.
    pub pledge_collateral: TokenAmount,
    /// The power weighted by quality, smoothed.
    pub quality_adj_power_smoothed: FilterEstimate,
    /// When the pledge of FIP-0081 begins to count.
    pub ramp_start_epoch: i64,
    /// How long it takes to count in full.
    pub ramp_duration_epochs: u64,
}

/// A miner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MinerId(pub ActorID);

/// Bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawPower(#[serde(with = "bigint_ser")] pub StoragePower);

/// What MinerRawPower returns.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct MinerRawPowerReturn {
    /// Bytes.
    #[serde(with = "bigint_ser")]
    pub raw_byte_power: StoragePower,
    /// Are they enough to make blocks?
    pub meets_consensus_minimum: bool,
}

/// What MinerPower returns.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct MinerPowerReturn {
    /// Bytes.
    #[serde(with = "bigint_ser")]
    pub raw_byte_power: StoragePower,
    /// The same, weighted by quality.
    #[serde(with = "bigint_ser")]
    pub quality_adj_power: StoragePower,
}
