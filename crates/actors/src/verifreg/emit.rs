//! The registry's events (FIP-0083).

use fvm_shared::ActorID;
use fvm_shared::bigint::bigint_ser::BigIntSer;

use crate::error::ActorError;
use crate::events::EventBuilder;
use crate::runtime::Runtime;
use crate::verifreg::state::{Allocation, Claim};
use crate::verifreg::types::{AllocationId, ClaimId, DataCap};

/// `verifier-balance`: what a verifier may still mint, and for whom it just minted.
pub(super) fn verifier_balance(
    rt: &dyn Runtime,
    verifier: ActorID,
    balance: &DataCap,
    client: Option<ActorID>,
) -> Result<(), ActorError> {
    let mut event = EventBuilder::new("verifier-balance")
        .indexed("verifier", &verifier)
        .field("balance", &BigIntSer(balance));
    if let Some(client) = client {
        event = event.indexed("client", &client);
    }
    event.emit(rt)
}

/// `allocation`: there is a new one.
pub(super) fn allocated(
    rt: &dyn Runtime,
    id: AllocationId,
    allocation: &Allocation,
) -> Result<(), ActorError> {
    emit_allocation(rt, "allocation", id, allocation)
}

/// `allocation-removed`: it expired.
pub(super) fn allocation_removed(
    rt: &dyn Runtime,
    id: AllocationId,
    allocation: &Allocation,
) -> Result<(), ActorError> {
    emit_allocation(rt, "allocation-removed", id, allocation)
}

fn emit_allocation(
    rt: &dyn Runtime,
    kind: &str,
    id: AllocationId,
    allocation: &Allocation,
) -> Result<(), ActorError> {
    EventBuilder::new(kind)
        .indexed("id", &id)
        .indexed("client", &allocation.client)
        .indexed("provider", &allocation.provider)
        .indexed("piece-cid", &allocation.data)
        .field("piece-size", &allocation.size.0)
        .field("term-min", &allocation.term_min)
        .field("term-max", &allocation.term_max)
        .field("expiration", &allocation.expiration)
        .emit(rt)
}

/// `claim`: an allocation was claimed.
pub(super) fn claimed(rt: &dyn Runtime, id: ClaimId, claim: &Claim) -> Result<(), ActorError> {
    emit_claim(rt, "claim", id, claim)
}

/// `claim-updated`: its term grew.
pub(super) fn claim_updated(
    rt: &dyn Runtime,
    id: ClaimId,
    claim: &Claim,
) -> Result<(), ActorError> {
    emit_claim(rt, "claim-updated", id, claim)
}

/// `claim-removed`: it expired.
pub(super) fn claim_removed(
    rt: &dyn Runtime,
    id: ClaimId,
    claim: &Claim,
) -> Result<(), ActorError> {
    emit_claim(rt, "claim-removed", id, claim)
}

fn emit_claim(rt: &dyn Runtime, kind: &str, id: ClaimId, claim: &Claim) -> Result<(), ActorError> {
    EventBuilder::new(kind)
        .indexed("id", &id)
        .indexed("client", &claim.client)
        .indexed("provider", &claim.provider)
        .indexed("piece-cid", &claim.data)
        .field("piece-size", &claim.size.0)
        .field("term-min", &claim.term_min)
        .field("term-max", &claim.term_max)
        .field("term-start", &claim.term_start)
        .indexed("sector", &claim.sector)
        .emit(rt)
}
