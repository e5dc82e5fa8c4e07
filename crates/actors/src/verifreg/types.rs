//! What goes into and comes out of the registry's methods.

use cid::Cid;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::bigint::{BigInt, bigint_ser};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::crypto::signature::Signature;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::SectorNumber;
use serde::{Deserialize, Serialize};

use crate::batch::BatchReturn;
use crate::verifreg::state::Claim;

/// The number of an allocation; 0 means none. A claim keeps the number of its allocation.
pub type AllocationId = u64;

/// The number of a claim.
pub type ClaimId = u64;

/// Bytes that may be stored as verified. One of them is 10^18 units of the token.
pub type DataCap = BigInt;

/// The parameters of `AddVerifier` and of `AddVerifiedClient`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AddDataCapParams {
    /// Who receives it.
    pub address: Address,
    /// How many bytes.
    #[serde(with = "bigint_ser")]
    pub allowance: DataCap,
}

/// The parameters of `RemoveVerifiedClientDataCap`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveDataCapParams {
    /// Whose datacap.
    pub client: Address,
    /// How many bytes at most.
    #[serde(with = "bigint_ser")]
    pub amount: DataCap,
    /// One verifier's consent.
    pub request_1: RemoveDataCapRequest,
    /// Another verifier's consent.
    pub request_2: RemoveDataCapRequest,
}

/// A verifier's consent to a removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveDataCapRequest {
    /// Who consents.
    pub verifier: Address,
    /// Over [`super::REMOVAL_DOMAIN`] and the [`RemoveDataCapProposal`].
    pub signature: Signature,
}

/// What a verifier signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveDataCapProposal {
    /// Whose datacap, by its ID address.
    pub client: Address,
    /// How many bytes at most.
    #[serde(with = "bigint_ser")]
    pub amount: DataCap,
    /// How often this verifier has already consented about this client, so that a signature
    /// serves once.
    pub id: RemovalId,
}

/// Counts the removals that a verifier has signed for a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemovalId {
    /// The next one's number.
    pub id: u64,
}

/// What `RemoveVerifiedClientDataCap` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveDataCapReturn {
    /// Whose datacap, by its ID address.
    pub client: Address,
    /// How many bytes it lost.
    #[serde(with = "bigint_ser")]
    pub removed: DataCap,
}

/// The parameters of `RemoveExpiredAllocations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveExpiredAllocationsParams {
    /// Whose allocations.
    pub client: ActorID,
    /// Which; all that have expired if empty.
    pub allocation_ids: Vec<AllocationId>,
}

/// What `RemoveExpiredAllocations` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveExpiredAllocationsReturn {
    /// Those named, or those found.
    pub considered: Vec<AllocationId>,
    /// How each of them fared.
    pub results: BatchReturn,
    /// How many bytes went back to the client.
    #[serde(with = "bigint_ser")]
    pub datacap_recovered: DataCap,
}

/// The parameters of `ClaimAllocations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ClaimAllocationsParams {
    /// What is claimed, by sector. The claims of one sector succeed or fail together.
    pub sectors: Vec<SectorAllocationClaims>,
    /// Does one failed sector fail them all?
    pub all_or_nothing: bool,
}

/// What is claimed in one sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SectorAllocationClaims {
    /// The sector.
    pub sector: SectorNumber,
    /// When it expires.
    pub expiry: ChainEpoch,
    /// The allocations.
    pub claims: Vec<AllocationClaim>,
}

/// One allocation that is claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AllocationClaim {
    /// Who allocated.
    pub client: ActorID,
    /// Which allocation.
    pub allocation_id: AllocationId,
    /// The piece stored, which must be the one allocated for.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
}

/// What `ClaimAllocations` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ClaimAllocationsReturn {
    /// How each sector fared.
    pub sector_results: BatchReturn,
    /// The space of each sector that succeeded.
    pub sector_claims: Vec<SectorClaimSummary>,
}

/// The verified space in a sector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SectorClaimSummary {
    /// In padded bytes.
    #[serde(with = "bigint_ser")]
    pub claimed_space: BigInt,
}

/// The parameters of `GetClaims`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetClaimsParams {
    /// Whose claims.
    pub provider: ActorID,
    /// Which.
    pub claim_ids: Vec<ClaimId>,
}

/// What `GetClaims` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetClaimsReturn {
    /// Which were found.
    pub batch_info: BatchReturn,
    /// Those that were.
    pub claims: Vec<Claim>,
}

/// The parameters of `ExtendClaimTerms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ExtendClaimTermsParams {
    /// The new terms.
    pub terms: Vec<ClaimTerm>,
}

/// A new term for a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ClaimTerm {
    /// Whose claim.
    pub provider: ActorID,
    /// Which.
    pub claim_id: ClaimId,
    /// Its new longest term, counted from its start.
    pub term_max: ChainEpoch,
}

/// The parameters of `RemoveExpiredClaims`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveExpiredClaimsParams {
    /// Whose claims.
    pub provider: ActorID,
    /// Which; all that have expired if empty.
    pub claim_ids: Vec<ClaimId>,
}

/// What `RemoveExpiredClaims` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveExpiredClaimsReturn {
    /// Those named, or those found.
    pub considered: Vec<ClaimId>,
    /// How each of them fared.
    pub results: BatchReturn,
}

/// What a client asks for when it transfers tokens to the registry: the operator data of the
/// transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AllocationRequests {
    /// New allocations.
    pub allocations: Vec<AllocationRequest>,
    /// Longer terms for claims.
    pub extensions: Vec<ClaimExtensionRequest>,
}

/// A wish for an allocation; the fields are those of [`super::state::Allocation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AllocationRequest {
    /// Who may claim it.
    pub provider: ActorID,
    /// The piece.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
    /// The shortest term.
    pub term_min: ChainEpoch,
    /// The longest term.
    pub term_max: ChainEpoch,
    /// The last epoch to claim it.
    pub expiration: ChainEpoch,
}

/// A wish for a longer term, paid with the claim's size in datacap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ClaimExtensionRequest {
    /// Whose claim.
    pub provider: ActorID,
    /// Which.
    pub claim: ClaimId,
    /// Its new longest term.
    pub term_max: ChainEpoch,
}

/// What the registry answers to a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AllocationsResponse {
    /// How each allocation fared.
    pub allocation_results: BatchReturn,
    /// How each extension fared.
    pub extension_results: BatchReturn,
    /// The new allocations.
    pub new_allocations: Vec<AllocationId>,
}
