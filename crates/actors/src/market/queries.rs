//! What anybody may ask about a deal. All of it fails with 17 if there never was such a deal, and
//! with 32 once the deal is over and removed.

use fvm_shared::ActorID;
use fvm_shared::clock::EPOCH_UNDEFINED;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::SectorNumber;

use crate::callers;
use crate::error::ActorError;
use crate::market::deal::{DealProposal, DealState, Label};
use crate::market::state::State;
use crate::market::types::{
    GetDealActivationReturn, GetDealDataCommitmentReturn, GetDealTermReturn,
};
use crate::market::{EX_DEAL_EXPIRED, EX_DEAL_NOT_ACTIVATED};
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// `GetDealDataCommitment`: the piece.
pub(super) fn get_deal_data_commitment(
    rt: &dyn Runtime,
    id: DealID,
) -> Result<GetDealDataCommitmentReturn, ActorError> {
    let proposal = proposal(rt, id)?;
    Ok(GetDealDataCommitmentReturn {
        data: proposal.piece_cid,
        size: proposal.piece_size,
    })
}

/// `GetDealClient`: who pays.
pub(super) fn get_deal_client(rt: &dyn Runtime, id: DealID) -> Result<ActorID, ActorError> {
    proposal(rt, id)?.client_id()
}

/// `GetDealProvider`: who stores.
pub(super) fn get_deal_provider(rt: &dyn Runtime, id: DealID) -> Result<ActorID, ActorError> {
    proposal(rt, id)?.provider_id()
}

/// `GetDealLabel`: the client's words.
pub(super) fn get_deal_label(rt: &dyn Runtime, id: DealID) -> Result<Label, ActorError> {
    Ok(proposal(rt, id)?.label)
}

/// `GetDealTerm`: from when on, for how long.
pub(super) fn get_deal_term(rt: &dyn Runtime, id: DealID) -> Result<GetDealTermReturn, ActorError> {
    let proposal = proposal(rt, id)?;
    Ok(GetDealTermReturn {
        start: proposal.start_epoch,
        duration: proposal.duration(),
    })
}

/// `GetDealTotalPrice`: of all epochs.
pub(super) fn get_deal_total_price(
    rt: &dyn Runtime,
    id: DealID,
) -> Result<TokenAmount, ActorError> {
    Ok(proposal(rt, id)?.total_price())
}

/// `GetDealClientCollateral`.
pub(super) fn get_deal_client_collateral(
    rt: &dyn Runtime,
    id: DealID,
) -> Result<TokenAmount, ActorError> {
    Ok(proposal(rt, id)?.client_collateral)
}

/// `GetDealProviderCollateral`.
pub(super) fn get_deal_provider_collateral(
    rt: &dyn Runtime,
    id: DealID,
) -> Result<TokenAmount, ActorError> {
    Ok(proposal(rt, id)?.provider_collateral)
}

/// `GetDealVerified`: as the proposal says; the registry knows of the datacap.
pub(super) fn get_deal_verified(rt: &dyn Runtime, id: DealID) -> Result<bool, ActorError> {
    Ok(proposal(rt, id)?.verified)
}

/// `GetDealActivation`: when it began. A deal that waits has no epochs.
pub(super) fn get_deal_activation(
    rt: &dyn Runtime,
    id: DealID,
) -> Result<GetDealActivationReturn, ActorError> {
    let activated = state_of(rt, id)?.map_or(EPOCH_UNDEFINED, |state| state.sector_start_epoch);
    Ok(GetDealActivationReturn {
        activated,
        terminated: EPOCH_UNDEFINED,
    })
}

/// `GetDealSector`: where it is stored; 33 if it waits.
pub(super) fn get_deal_sector(rt: &dyn Runtime, id: DealID) -> Result<SectorNumber, ActorError> {
    match state_of(rt, id)? {
        Some(state) => Ok(state.sector),
        None => Err(ActorError::new(
            EX_DEAL_NOT_ACTIVATED,
            format!("deal {id} waits"),
        )),
    }
}

fn proposal(rt: &dyn Runtime, id: DealID) -> Result<DealProposal, ActorError> {
    callers::any(rt)?;
    state::load::<State>(rt)?.proposal(Store::of(rt), id)
}

/// Where a deal stands; `None` if it waits. One that was terminated but not removed is over for
/// whoever asks.
fn state_of(rt: &dyn Runtime, id: DealID) -> Result<Option<DealState>, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let store = Store::of(rt);
    match state.deal_state(store, id)? {
        Some(deal) if deal.terminated() => Err(ActorError::new(
            EX_DEAL_EXPIRED,
            format!("deal {id} is over"),
        )),
        Some(deal) => Ok(Some(deal)),
        None => state.proposal(store, id).map(|_| None),
    }
}
