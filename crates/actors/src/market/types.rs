//! What goes into and comes out of the market's methods.

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_ipld_encoding::{RawBytes, strict_bytes};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::{RegisteredSealProof, SectorNumber};

use crate::batch::BatchReturn;
use crate::market::deal::ClientDealProposal;
use crate::verifreg::types::AllocationId;

/// The parameters of `WithdrawBalance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct WithdrawBalanceParams {
    /// Whose balance.
    pub provider_or_client: Address,
    /// How much at most.
    pub amount: TokenAmount,
}

/// What `GetBalance` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetBalanceReturn {
    /// All that is in escrow.
    pub balance: TokenAmount,
    /// What of it is promised to deals.
    pub locked: TokenAmount,
}

/// The parameters of `PublishStorageDeals`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct PublishStorageDealsParams {
    /// All of one provider.
    pub deals: Vec<ClientDealProposal>,
}

/// What `PublishStorageDeals` answers.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct PublishStorageDealsReturn {
    /// The numbers of the deals that were accepted.
    pub ids: Vec<DealID>,
    /// Which of the proposals these are.
    pub valid_deals: BitField,
}

/// The parameters of a client's `MarketNotifyDeal`, a hook of FRC-46's kind that every client
/// that is not a plain account answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct MarketNotifyDealParams {
    /// The proposal as it is stored, in CBOR.
    #[serde(with = "strict_bytes")]
    pub proposal: Vec<u8>,
    /// Its number.
    pub deal_id: DealID,
}

/// The deals meant for a sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorDeals {
    /// The sector.
    pub sector: SectorNumber,
    /// Its kind, which says its size.
    pub seal_proof: RegisteredSealProof,
    /// When it expires.
    pub expiry: ChainEpoch,
    /// The deals.
    pub deal_ids: Vec<DealID>,
}

/// The parameters of `VerifyDealsForActivation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct VerifyDealsForActivationParams {
    /// What each sector is to hold.
    pub sectors: Vec<SectorDeals>,
}

/// What `VerifyDealsForActivation` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct VerifyDealsForActivationReturn {
    /// CommD of each sector; none for a sector without deals.
    pub unsealed_cids: Vec<Option<Cid>>,
}

/// The parameters of `BatchActivateDeals`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BatchActivateDealsParams {
    /// What each sector holds. The deals of one sector succeed or fail together.
    pub sectors: Vec<SectorDeals>,
    /// Is CommD wanted?
    pub compute_cid: bool,
}

/// What `BatchActivateDeals` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BatchActivateDealsReturn {
    /// How each sector fared.
    pub activation_results: BatchReturn,
    /// The sectors that succeeded.
    pub activations: Vec<SectorDealActivation>,
}

/// The deals of a sector that were activated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorDealActivation {
    /// Each of them.
    pub activated: Vec<ActivatedDeal>,
    /// CommD, if it was wanted and there are deals.
    pub unsealed_cid: Option<Cid>,
}

/// A deal that was activated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ActivatedDeal {
    /// Who pays.
    pub client: ActorID,
    /// The datacap behind it; 0 if there is none.
    pub allocation_id: AllocationId,
    /// The data.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
}

/// The parameters of `OnMinerSectorsTerminate`.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct OnMinerSectorsTerminateParams {
    /// When they ended.
    pub epoch: ChainEpoch,
    /// Which sectors of the caller.
    pub sectors: BitField,
}

/// What `SettleDealPayments` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SettleDealPaymentsReturn {
    /// How each deal fared.
    pub results: BatchReturn,
    /// Those that succeeded.
    pub settlements: Vec<DealSettlement>,
}

/// A deal that was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct DealSettlement {
    /// What the provider was paid now.
    pub payment: TokenAmount,
    /// Is it the last payment?
    pub completed: bool,
}

/// What `GetDealDataCommitment` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetDealDataCommitmentReturn {
    /// The piece.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
}

/// What `GetDealTerm` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetDealTermReturn {
    /// The first epoch.
    pub start: ChainEpoch,
    /// How many there are.
    pub duration: ChainEpoch,
}

/// What `GetDealActivation` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetDealActivationReturn {
    /// When the data was committed, or -1. It may be before the deal's start.
    pub activated: ChainEpoch,
    /// When the sector was terminated, or -1.
    pub terminated: ChainEpoch,
}

/// Sectors whose content changed (FIP-0109), as a miner tells whoever its pieces concern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorChanges {
    /// The sector.
    pub sector: SectorNumber,
    /// It holds the pieces at least until then.
    pub minimum_commitment_epoch: ChainEpoch,
    /// The pieces that came.
    pub added: Vec<PieceChange>,
}

/// A piece that came into a sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct PieceChange {
    /// The piece.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
    /// For the receiver: here, the number of a deal in CBOR.
    pub payload: RawBytes,
}

/// What `SectorContentChanged` answers: by sector and piece, is it accepted?
pub type SectorContentChangedReturn = Vec<Vec<bool>>;
