//! Claims: asking for them, letting them last, and clearing them away.

use fvm_shared::error::ExitCode;

use crate::batch::BatchReturn;
use crate::callers;
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::emit;
use crate::verifreg::expiry::remove_expired;
use crate::verifreg::state::{Claim, Claims, State};
use crate::verifreg::types::{
    ClaimTerm, ExtendClaimTermsParams, GetClaimsParams, GetClaimsReturn, RemoveExpiredClaimsParams,
    RemoveExpiredClaimsReturn,
};

/// `GetClaims`.
pub(super) fn get_claims(
    rt: &dyn Runtime,
    params: GetClaimsParams,
) -> Result<GetClaimsReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let mut all = state.claims(Store::of(rt))?;
    let mut codes = Vec::with_capacity(params.claim_ids.len());
    let mut claims = Vec::new();
    for id in &params.claim_ids {
        codes.push(match all.get(&params.provider, id)? {
            Some(claim) => {
                claims.push(claim.clone());
                ExitCode::OK
            }
            None => ExitCode::USR_NOT_FOUND,
        });
    }
    Ok(GetClaimsReturn {
        batch_info: BatchReturn::of(codes),
        claims,
    })
}

/// `ExtendClaimTerms`: the client lets its claims last longer, up to what an allocation could
/// have asked for. This costs nothing, and revives a claim whose term is over.
pub(super) fn extend_claim_terms(
    rt: &dyn Runtime,
    params: ExtendClaimTermsParams,
) -> Result<BatchReturn, ActorError> {
    // Each claim knows its client.
    callers::any(rt)?;
    state::transaction(rt, |state: &mut State| {
        let mut claims = state.claims(Store::of(rt))?;
        let mut codes = Vec::with_capacity(params.terms.len());
        for term in &params.terms {
            codes.push(match extended(rt, term, &mut claims)? {
                Ok(claim) => {
                    claims.put(&term.provider, &term.claim_id, claim.clone())?;
                    emit::claim_updated(rt, term.claim_id, &claim)?;
                    ExitCode::OK
                }
                Err(code) => code,
            });
        }
        state.claims = claims.flush()?;
        Ok(BatchReturn::of(codes))
    })
}

/// The claim with its new term, or why it can't have it.
fn extended(
    rt: &dyn Runtime,
    term: &ClaimTerm,
    claims: &mut Claims<'_>,
) -> Result<Result<Claim, ExitCode>, ActorError> {
    if term.term_max > rt.policy().allocation_term_max {
        return Ok(Err(ExitCode::USR_ILLEGAL_ARGUMENT));
    }
    Ok(match claims.get(&term.provider, &term.claim_id)? {
        None => Err(ExitCode::USR_NOT_FOUND),
        Some(claim) if claim.client != rt.message().caller => Err(ExitCode::USR_FORBIDDEN),
        Some(claim) if term.term_max < claim.term_max => Err(ExitCode::USR_ILLEGAL_ARGUMENT),
        Some(claim) => Ok(Claim {
            term_max: term.term_max,
            ..claim.clone()
        }),
    })
}

/// `RemoveExpiredClaims`: their longest term is over.
pub(super) fn remove_expired_claims(
    rt: &dyn Runtime,
    params: RemoveExpiredClaimsParams,
) -> Result<RemoveExpiredClaimsReturn, ActorError> {
    callers::any(rt)?;
    let expired = state::transaction(rt, |state: &mut State| {
        let mut claims = state.claims(Store::of(rt))?;
        let now = rt.network().epoch;
        let expired = remove_expired(&mut claims, params.provider, params.claim_ids, now)?;
        for (id, claim) in &expired.removed {
            emit::claim_removed(rt, *id, claim)?;
        }
        state.claims = claims.flush()?;
        Ok(expired)
    })?;
    Ok(RemoveExpiredClaimsReturn {
        considered: expired.considered,
        results: expired.results,
    })
}
