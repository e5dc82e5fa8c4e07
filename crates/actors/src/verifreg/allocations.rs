//! Allocations: how they are claimed, and what happens to those that are not.

use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use num_traits::Zero;

use crate::batch::BatchReturn;
use crate::callers;
use crate::error::ActorError;
use crate::kinds::ActorKind;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::expiry::remove_expired;
use crate::verifreg::state::{Allocation, Allocations, Claim, Claims, State};
use crate::verifreg::types::{
    AllocationClaim, ClaimAllocationsParams, ClaimAllocationsReturn, ClaimId, DataCap,
    RemoveExpiredAllocationsParams, RemoveExpiredAllocationsReturn, SectorAllocationClaims,
    SectorClaimSummary,
};
use crate::verifreg::{emit, tokens};

/// `ClaimAllocations`: a miner has stored the data. Its datacap is burnt.
pub(super) fn claim_allocations(
    rt: &dyn Runtime,
    params: ClaimAllocationsParams,
) -> Result<ClaimAllocationsReturn, ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    if params.sectors.is_empty() {
        return Err(ActorError::illegal_argument("no claims"));
    }

    let mut codes = Vec::with_capacity(params.sectors.len());
    let mut sector_claims = Vec::new();
    state::transaction(rt, |state: &mut State| {
        let store = Store::of(rt);
        let mut claims = state.claims(store)?;
        let mut allocations = state.allocations(store)?;
        for sector in &params.sectors {
            codes.push(match claimable(rt, sector, &mut allocations)? {
                Ok(new) => {
                    let claimed_space = claim_sector(rt, new, &mut claims, &mut allocations)?;
                    sector_claims.push(SectorClaimSummary { claimed_space });
                    ExitCode::OK
                }
                Err(code) => code,
            });
        }
        state.allocations = allocations.flush()?;
        state.claims = claims.flush()?;
        Ok(())
    })?;

    let sector_results = BatchReturn::of(codes);
    if params.all_or_nothing && !sector_results.all_ok() {
        return Err(ActorError::illegal_argument(format!(
            "not all claimed: {sector_results:?}"
        )));
    }
    let total = sector_claims
        .iter()
        .map(|sector| &sector.claimed_space)
        .sum();
    tokens::burn(rt, &total)?;
    Ok(ClaimAllocationsReturn {
        sector_results,
        sector_claims,
    })
}

/// The claims that a sector's allocations become, or why they can't: 17 if there is no such
/// allocation, 18 if it promises something else.
fn claimable(
    rt: &dyn Runtime,
    sector: &SectorAllocationClaims,
    allocations: &mut Allocations<'_>,
) -> Result<Result<Vec<(ClaimId, Claim)>, ExitCode>, ActorError> {
    let provider = rt.message().caller;
    let now = rt.network().epoch;
    let mut claims = Vec::with_capacity(sector.claims.len());
    for wanted in &sector.claims {
        let Some(allocation) = allocations.get(&wanted.client, &wanted.allocation_id)? else {
            return Ok(Err(ExitCode::USR_NOT_FOUND));
        };
        if !fulfils(wanted, provider, allocation, now, sector.expiry) {
            return Ok(Err(ExitCode::USR_FORBIDDEN));
        }
        let claim = Claim {
            provider,
            client: allocation.client,
            data: allocation.data,
            size: allocation.size,
            term_min: allocation.term_min,
            term_max: allocation.term_max,
            term_start: now,
            sector: sector.sector,
        };
        claims.push((wanted.allocation_id, claim));
    }
    Ok(Ok(claims))
}

/// Does a sector hold what the allocation is for, now, and for as long as it asks?
fn fulfils(
    wanted: &AllocationClaim,
    provider: ActorID,
    allocation: &Allocation,
    now: ChainEpoch,
    sector_expiry: ChainEpoch,
) -> bool {
    let lifetime = sector_expiry.saturating_sub(now);
    provider == allocation.provider
        && wanted.client == allocation.client
        && wanted.data == allocation.data
        && wanted.size == allocation.size
        && now <= allocation.expiration
        && lifetime >= allocation.term_min
        && lifetime <= allocation.term_max
}

/// Turns a sector's allocations into claims, and answers their space.
fn claim_sector(
    rt: &dyn Runtime,
    new: Vec<(ClaimId, Claim)>,
    claims: &mut Claims<'_>,
    allocations: &mut Allocations<'_>,
) -> Result<DataCap, ActorError> {
    let provider = rt.message().caller;
    let mut space = DataCap::zero();
    for (id, claim) in new {
        if !claims.put_if_absent(&provider, &id, claim.clone())? {
            return Err(ActorError::illegal_argument(format!(
                "{id} is claimed already"
            )));
        }
        emit::claimed(rt, id, &claim)?;
        allocations.remove(&claim.client, &id)?;
        space += claim.size.0;
    }
    Ok(space)
}

/// `RemoveExpiredAllocations`: nobody claimed them in time; the datacap goes back.
pub(super) fn remove_expired_allocations(
    rt: &dyn Runtime,
    params: RemoveExpiredAllocationsParams,
) -> Result<RemoveExpiredAllocationsReturn, ActorError> {
    callers::any(rt)?;
    let client = params.client;
    let mut datacap_recovered = DataCap::zero();
    let expired = state::transaction(rt, |state: &mut State| {
        let mut allocations = state.allocations(Store::of(rt))?;
        let now = rt.network().epoch;
        let expired = remove_expired(&mut allocations, client, params.allocation_ids, now)?;
        for (id, allocation) in &expired.removed {
            emit::allocation_removed(rt, *id, allocation)?;
            datacap_recovered += allocation.size.0;
        }
        state.allocations = allocations.flush()?;
        Ok(expired)
    })?;

    tokens::transfer(rt, client, &datacap_recovered)?;
    Ok(RemoveExpiredAllocationsReturn {
        considered: expired.considered,
        results: expired.results,
        datacap_recovered,
    })
}
