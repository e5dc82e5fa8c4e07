//! Datacap comes in: the sender wants allocations for it, or longer terms for claims.
//!
//! All or nothing: if one wish can't be granted, the transfer is refused. The tokens must cover
//! the wishes exactly, for there is no change.

use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use serde::de::DeserializeOwned;

use crate::batch::BatchReturn;
use crate::callers;
use crate::datacap::FRC46_TOKEN_TYPE;
use crate::datacap::types::{ReceiveParams, TokensReceived};
use crate::error::{ActorError, OrExit};
use crate::ids;
use crate::kinds::ActorKind;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::state::{Allocation, Claim, State};
use crate::verifreg::types::{
    AllocationRequest, AllocationRequests, AllocationsResponse, ClaimExtensionRequest, ClaimId,
    DataCap,
};
use crate::verifreg::{emit, tokens};

/// `Receive`: the hook of the DataCap token.
pub(super) fn receive(
    rt: &dyn Runtime,
    params: ReceiveParams,
) -> Result<AllocationsResponse, ActorError> {
    callers::one_of(rt, &[ids::DATACAP])?;
    let received = tokens_received(rt, &params)?;
    let requests: AllocationRequests = decode(&received.operator_data, "allocation requests")?;

    let allocations = new_allocations(rt, received.from, &requests.allocations)?;
    let extensions = extended_claims(rt, &requests.extensions)?;

    let to_allocate: DataCap = allocations.iter().map(|a| DataCap::from(a.size.0)).sum();
    let to_extend: DataCap = extensions
        .iter()
        .map(|(_, c)| DataCap::from(c.size.0))
        .sum();
    let came = tokens::datacap(&received.amount);
    if &to_allocate + &to_extend != came {
        return Err(ActorError::illegal_argument(format!(
            "{came} came for allocations of {to_allocate} and extensions of {to_extend}"
        )));
    }
    // What pays for extensions is gone at once. What pays for allocations waits for the claim.
    tokens::burn(rt, &to_extend)?;

    let response = AllocationsResponse {
        allocation_results: BatchReturn::ok(allocations.len() as u32),
        extension_results: BatchReturn::ok(extensions.len() as u32),
        new_allocations: Vec::new(),
    };
    let new_allocations = state::transaction(rt, |state: &mut State| {
        let store = Store::of(rt);
        require_storable(rt, &allocations)?;
        let ids = state.insert_allocations(store, received.from, &allocations)?;
        for (id, allocation) in ids.iter().zip(&allocations) {
            emit::allocated(rt, *id, allocation)?;
        }
        let mut claims = state.claims(store)?;
        for (id, claim) in &extensions {
            claims.put(&claim.provider, id, claim.clone())?;
        }
        state.claims = claims.flush()?;
        for (id, claim) in &extensions {
            emit::claim_updated(rt, *id, claim)?;
        }
        Ok(ids)
    })?;
    Ok(AllocationsResponse {
        new_allocations,
        ..response
    })
}

/// What the hook says, if it speaks of FRC-46 tokens for this actor.
fn tokens_received(rt: &dyn Runtime, params: &ReceiveParams) -> Result<TokensReceived, ActorError> {
    if params.kind != FRC46_TOKEN_TYPE {
        return Err(ActorError::illegal_argument(format!(
            "tokens of type {}",
            params.kind
        )));
    }
    let received: TokensReceived = decode(&params.payload, "tokens received")?;
    if received.to != rt.message().receiver {
        return Err(ActorError::illegal_argument(format!(
            "tokens for {}",
            received.to
        )));
    }
    Ok(received)
}

fn decode<T: DeserializeOwned>(bytes: &RawBytes, what: &str) -> Result<T, ActorError> {
    fvm_ipld_encoding::from_slice(bytes).or_exit(ExitCode::USR_SERIALIZATION, what)
}

/// The allocations that a client asks for. The provider must be a miner, so that datacap isn't
/// locked up by mistake.
fn new_allocations(
    rt: &dyn Runtime,
    client: ActorID,
    requests: &[AllocationRequest],
) -> Result<Vec<Allocation>, ActorError> {
    let mut new = Vec::with_capacity(requests.len());
    for request in requests {
        require_allowed(request, rt.policy(), rt.network().epoch)?;
        require_miner(rt, request.provider)?;
        new.push(Allocation {
            client,
            provider: request.provider,
            data: request.data,
            size: request.size,
            term_min: request.term_min,
            term_max: request.term_max,
            expiration: request.expiration,
        });
    }
    Ok(new)
}

fn require_allowed(
    request: &AllocationRequest,
    policy: &Policy,
    now: ChainEpoch,
) -> Result<(), ActorError> {
    let latest = now.saturating_add(policy.allocation_expiration_max);
    let allowed = request.size.0 >= policy.allocation_size_min
        && request.term_min >= policy.allocation_term_min
        && request.term_max <= policy.allocation_term_max
        && request.term_min <= request.term_max
        && request.expiration >= now
        && request.expiration <= latest;
    if allowed {
        Ok(())
    } else {
        Err(ActorError::illegal_argument(format!(
            "not allowed at epoch {now}: {request:?}"
        )))
    }
}

fn require_miner(rt: &dyn Runtime, provider: ActorID) -> Result<(), ActorError> {
    let kind = match rt.code_of(provider)? {
        Some(code) => rt.kind_of_code(&code)?,
        None => None,
    };
    if kind == Some(ActorKind::Miner) {
        Ok(())
    } else {
        Err(ActorError::illegal_argument(format!(
            "provider {provider} is no miner"
        )))
    }
}

/// Clients name their data by any CID. If it is a link, the machine refuses the block in which it
/// would be, and the actor can't write its state.
fn require_storable(rt: &dyn Runtime, allocations: &[Allocation]) -> Result<(), ActorError> {
    let refused = |allocation: &&Allocation| !rt.may_hold(&allocation.data);
    match allocations.iter().find(refused) {
        None => Ok(()),
        Some(allocation) => Err(ActorError::illegal_state(format!(
            "no block may link to {}",
            allocation.data
        ))),
    }
}

/// The claims with the terms that a sender pays for. Any sender may: the claim stays with the
/// client it had.
fn extended_claims(
    rt: &dyn Runtime,
    requests: &[ClaimExtensionRequest],
) -> Result<Vec<(ClaimId, Claim)>, ActorError> {
    let state: State = state::load(rt)?;
    let mut claims = state.claims(Store::of(rt))?;
    let mut extended = Vec::with_capacity(requests.len());
    for request in requests {
        let claim = claims
            .get(&request.provider, &request.claim)?
            .or_exit(ExitCode::USR_NOT_FOUND, "the claim to extend")?;
        require_extensible(request, claim, rt.policy(), rt.network().epoch)?;
        extended.push((
            request.claim,
            Claim {
                term_max: request.term_max,
                ..claim.clone()
            },
        ));
    }
    Ok(extended)
}

/// The term may end as late as that of an allocation claimed now, must be longer than it was, and
/// must not be over: once over, a claim stays over.
fn require_extensible(
    request: &ClaimExtensionRequest,
    claim: &Claim,
    policy: &Policy,
    now: ChainEpoch,
) -> Result<(), ActorError> {
    let age = now.saturating_sub(claim.term_start);
    let term_max = policy.allocation_term_max.saturating_add(age);
    if request.term_max > term_max || request.term_max <= claim.term_max {
        return Err(ActorError::illegal_argument(format!(
            "claim {}: from {} to {}, at most {term_max}",
            request.claim, claim.term_max, request.term_max
        )));
    }
    if now > claim.term_start.saturating_add(claim.term_max) {
        return Err(ActorError::forbidden(format!(
            "claim {} is over",
            request.claim
        )));
    }
    Ok(())
}
