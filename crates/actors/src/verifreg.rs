//! The verified registry (f06): who may store data that counts ten times.
//!
//! The root key names verifiers, verifiers mint datacap for clients, and clients hand it back for
//! allocations: promises to a provider that a piece, stored in time and long enough, is worth ten
//! times its size in power. A provider that stores it turns the allocation into a claim, and the
//! datacap is burnt. What nobody claimed in time goes back to the client.

pub mod allocations;
pub mod claims;
pub mod emit;
pub mod expiry;
pub mod receive;
pub mod removal;
pub mod state;
pub mod tokens;
pub mod types;
pub mod verifiers;

use fvm_shared::address::Address;

use crate::batch::BatchReturn;
use crate::datacap::types::ReceiveParams;
use crate::kinds::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;
use crate::verifreg::allocations::{claim_allocations, remove_expired_allocations};
use crate::verifreg::claims::{extend_claim_terms, get_claims, remove_expired_claims};
use crate::verifreg::receive::receive;
use crate::verifreg::removal::remove_verified_client_data_cap;
use crate::verifreg::state::constructor;
use crate::verifreg::types::*;
use crate::verifreg::verifiers::{add_verified_client, add_verifier, remove_verifier};

/// What a verifier's signature under a removal of datacap begins with.
pub const REMOVAL_DOMAIN: &[u8] = b"fil_removedatacap:";

/// The numbers that other actors call, and those of messages.
pub mod numbers {
    use fvm_shared::MethodNum;

    /// Names a verifier.
    pub const ADD_VERIFIER: MethodNum = 2;
    /// Turns allocations into claims.
    pub const CLAIM_ALLOCATIONS: MethodNum = 9;
    /// Asks for claims, among built-in actors.
    pub const GET_CLAIMS: MethodNum = 10;
    /// Lets claims last longer.
    pub const EXTEND_CLAIM_TERMS: MethodNum = 1_752_273_514;
    /// Clears away allocations.
    pub const REMOVE_EXPIRED_ALLOCATIONS: MethodNum = 2_421_068_268;
    /// Clears away claims.
    pub const REMOVE_EXPIRED_CLAIMS: MethodNum = 2_873_373_899;
    /// Gives a client datacap.
    pub const ADD_VERIFIED_CLIENT: MethodNum = 3_916_220_144;
}

/// The verified registry.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::VerifiedRegistry,
    state: Shape::of::<state::State>("State"),
    methods: methods! {
        1 Constructor(Address) -> (), Callers::Named("system") => constructor;
        2 AddVerifier(AddDataCapParams) -> (), Callers::Named("root key") => add_verifier;
        3 RemoveVerifier(Address) -> (), Callers::Named("root key") => remove_verifier;
        4 AddVerifiedClient(AddDataCapParams) -> (), Callers::Named("verifiers")
            => add_verified_client;
        7 RemoveVerifiedClientDataCap(RemoveDataCapParams) -> RemoveDataCapReturn,
            Callers::Named("root key") => remove_verified_client_data_cap;
        8 RemoveExpiredAllocations(RemoveExpiredAllocationsParams)
            -> RemoveExpiredAllocationsReturn, Callers::Any => remove_expired_allocations;
        9 ClaimAllocations(ClaimAllocationsParams) -> ClaimAllocationsReturn,
            Callers::Kinds(&[ActorKind::Miner]) => claim_allocations;
        10 GetClaims(GetClaimsParams) -> GetClaimsReturn, Callers::Any => get_claims;
        11 ExtendClaimTerms(ExtendClaimTermsParams) -> BatchReturn, Callers::Any
            => extend_claim_terms;
        12 RemoveExpiredClaims(RemoveExpiredClaimsParams) -> RemoveExpiredClaimsReturn,
            Callers::Any => remove_expired_claims;
        1_752_273_514 ExtendClaimTerms(ExtendClaimTermsParams) -> BatchReturn, Callers::Any
            => extend_claim_terms;
        2_199_871_187 GetClaims(GetClaimsParams) -> GetClaimsReturn, Callers::Any => get_claims;
        2_421_068_268 RemoveExpiredAllocations(RemoveExpiredAllocationsParams)
            -> RemoveExpiredAllocationsReturn, Callers::Any => remove_expired_allocations;
        2_873_373_899 RemoveExpiredClaims(RemoveExpiredClaimsParams) -> RemoveExpiredClaimsReturn,
            Callers::Any => remove_expired_claims;
        3_726_118_371 Receive(ReceiveParams) -> AllocationsResponse, Callers::Named("datacap")
            => receive;
        3_916_220_144 AddVerifiedClient(AddDataCapParams) -> (), Callers::Named("verifiers")
            => add_verified_client;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
