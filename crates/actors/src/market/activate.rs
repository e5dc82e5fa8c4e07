//! Activating deals: their data is in a sector, proven before the deals begin.

use std::collections::BTreeSet;

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::error::ExitCode;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{RegisteredSealProof, SectorNumber};

use crate::batch::BatchReturn;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::market::EX_DEAL_EXPIRED;
use crate::market::deal::{DealProposal, DealState};
use crate::market::deals::{Deals, proposal_cid};
use crate::market::emit::DealEvent;
use crate::market::state::State;
use crate::market::types::{
    ActivatedDeal, BatchActivateDealsParams, BatchActivateDealsReturn, PieceChange, SectorChanges,
    SectorContentChangedReturn, SectorDealActivation, SectorDeals, VerifyDealsForActivationParams,
    VerifyDealsForActivationReturn,
};
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// A deal without datacap behind it.
const NO_ALLOCATION: u64 = 0;

// --- before a sector is sealed ---------------------------------------------------------------

/// `VerifyDealsForActivation`: could these deals be activated in these sectors now, and what is
/// the sectors' CommD?
pub(super) fn verify_deals_for_activation(
    rt: &dyn Runtime,
    params: VerifyDealsForActivationParams,
) -> Result<VerifyDealsForActivationReturn, ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    let state: State = state::load(rt)?;
    let deals = Deals::open(&state, Store::of(rt))?;
    let mut unsealed_cids = Vec::with_capacity(params.sectors.len());
    for sector in &params.sectors {
        let proposals = proposals_of(&deals, &sector.deal_ids)?;
        require_activatable(rt, sector, &proposals)?;
        unsealed_cids.push(unsealed_cid(rt, sector.seal_proof, &proposals)?);
    }
    Ok(VerifyDealsForActivationReturn { unsealed_cids })
}

fn proposals_of<'d>(
    deals: &'d Deals<'_>,
    ids: &[DealID],
) -> Result<Vec<&'d DealProposal>, ActorError> {
    let mut seen = BTreeSet::new();
    let mut proposals = Vec::with_capacity(ids.len());
    for id in ids {
        if !seen.insert(*id) {
            return Err(ActorError::illegal_argument(format!(
                "deal {id} twice in a sector"
            )));
        }
        proposals.push(deals.proposal(*id)?);
    }
    Ok(proposals)
}

fn require_activatable(
    rt: &dyn Runtime,
    sector: &SectorDeals,
    proposals: &[&DealProposal],
) -> Result<(), ActorError> {
    let room = sector.seal_proof.sector_size();
    let room = room.or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the size of a sector")? as u128;
    let mut filled = 0_u128;
    for proposal in proposals {
        require_in_time(rt, proposal, sector.expiry)?;
        filled += u128::from(proposal.piece_size.0);
    }
    if filled > room {
        return Err(ActorError::illegal_argument(format!(
            "{filled} bytes don't fit in {room}"
        )));
    }
    Ok(())
}

/// CommD of a sector with these deals; `None` if there are none.
fn unsealed_cid(
    rt: &dyn Runtime,
    seal_proof: RegisteredSealProof,
    proposals: &[&DealProposal],
) -> Result<Option<Cid>, ActorError> {
    if proposals.is_empty() {
        return Ok(None);
    }
    let pieces: Vec<PieceInfo> = proposals
        .iter()
        .map(|proposal| PieceInfo {
            cid: proposal.piece_cid,
            size: proposal.piece_size,
        })
        .collect();
    let cid = rt.unsealed_sector_cid(seal_proof, &pieces)?;
    cid.or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the CommD of a sector")
        .map(Some)
}

// --- once it is proven -----------------------------------------------------------------------

/// `BatchActivateDeals`: these sectors hold these deals. A sector's deals are activated together
/// or not at all.
pub(super) fn batch_activate_deals(
    rt: &dyn Runtime,
    params: BatchActivateDealsParams,
) -> Result<BatchActivateDealsReturn, ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    state::transaction(rt, |state: &mut State| {
        let mut activation = Activation::open(rt, state)?;
        let mut codes = Vec::with_capacity(params.sectors.len());
        let mut activations = Vec::new();
        for sector in &params.sectors {
            codes.push(match activation.ready(sector)? {
                Ok(proposals) => {
                    let activated = activation.sector(sector, &proposals, params.compute_cid)?;
                    activations.push(activated);
                    ExitCode::OK
                }
                Err(code) => code,
            });
        }
        activation.save(state)?;
        Ok(BatchActivateDealsReturn {
            activation_results: BatchReturn::of(codes),
            activations,
        })
    })
}

/// `SectorContentChanged` (FIP-0109): these sectors hold these pieces, and the payload of each
/// names a deal. Each deal is activated by itself; what is not one of ours is not accepted.
pub(super) fn sector_content_changed(
    rt: &dyn Runtime,
    sectors: Vec<SectorChanges>,
) -> Result<SectorContentChangedReturn, ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    state::transaction(rt, |state: &mut State| {
        let mut activation = Activation::open(rt, state)?;
        let mut answers = Vec::with_capacity(sectors.len());
        for sector in &sectors {
            let mut ids = Vec::new();
            let mut accepted = Vec::with_capacity(sector.added.len());
            for piece in &sector.added {
                let id = activation.piece(sector, piece)?;
                accepted.push(id.is_some());
                ids.extend(id);
            }
            activation.by_sector.push((sector.sector, ids));
            answers.push(accepted);
        }
        activation.save(state)?;
        Ok(answers)
    })
}

/// Deals that are being activated by the calling miner.
struct Activation<'a> {
    rt: &'a dyn Runtime,
    deals: Deals<'a>,
    /// Those that this call activated: no deal is activated twice.
    activated: BTreeSet<DealID>,
    by_sector: Vec<(SectorNumber, Vec<DealID>)>,
}

impl<'a> Activation<'a> {
    fn open(rt: &'a dyn Runtime, state: &State) -> Result<Self, ActorError> {
        Ok(Self {
            rt,
            deals: Deals::open(state, Store::of(rt))?,
            activated: BTreeSet::new(),
            by_sector: Vec::new(),
        })
    }

    fn save(self, state: &mut State) -> Result<(), ActorError> {
        self.deals.save(state)?;
        let miner = self.rt.message().caller;
        state.add_sector_deals(Store::of(self.rt), miner, &self.by_sector)
    }

    /// The proposals of a sector's deals if all can be activated; else the code of the first that
    /// can't.
    fn ready(
        &self,
        sector: &SectorDeals,
    ) -> Result<Result<Vec<DealProposal>, ExitCode>, ActorError> {
        let distinct: BTreeSet<_> = sector.deal_ids.iter().collect();
        if distinct.len() < sector.deal_ids.len() {
            return Ok(Err(ExitCode::USR_ILLEGAL_ARGUMENT));
        }
        let mut proposals = Vec::with_capacity(sector.deal_ids.len());
        for id in &sector.deal_ids {
            match self.ready_deal(*id, sector.expiry)? {
                Ok(proposal) => proposals.push(proposal),
                Err(code) => return Ok(Err(code)),
            }
        }
        Ok(Ok(proposals))
    }

    /// The proposal of a deal that can be activated, or why it can't. The outer error is one that
    /// no other deal should survive.
    fn ready_deal(
        &self,
        id: DealID,
        expiry: ChainEpoch,
    ) -> Result<Result<DealProposal, ExitCode>, ActorError> {
        if self.activated.contains(&id) {
            return Ok(Err(ExitCode::USR_ILLEGAL_ARGUMENT));
        }
        let proposal = match self.deals.proposal(id) {
            Ok(proposal) => proposal,
            Err(e) if [ExitCode::USR_NOT_FOUND, EX_DEAL_EXPIRED].contains(&e.code) => {
                return Ok(Err(e.code));
            }
            Err(e) => return Err(e),
        };
        if let Err(e) = require_in_time(self.rt, proposal, expiry) {
            return Ok(Err(e.code));
        }
        if self.deals.states.get(id)?.is_some() {
            return Ok(Err(ExitCode::USR_ILLEGAL_ARGUMENT));
        }
        // A proposal without a state is always pending; were it not, it could be published twice.
        let cid = proposal_cid(self.rt, &proposal.encode()?)?;
        if !self.deals.pending.has(&cid)? {
            return Ok(Err(ExitCode::USR_ILLEGAL_STATE));
        }
        Ok(Ok(proposal.clone()))
    }

    /// Activates the deals of a sector, which are all ready.
    fn sector(
        &mut self,
        sector: &SectorDeals,
        proposals: &[DealProposal],
        compute_cid: bool,
    ) -> Result<SectorDealActivation, ActorError> {
        let mut activated = Vec::with_capacity(proposals.len());
        for (id, proposal) in sector.deal_ids.iter().zip(proposals) {
            activated.push(ActivatedDeal {
                client: proposal.client_id()?,
                allocation_id: self.activate(*id, sector.sector)?.unwrap_or(NO_ALLOCATION),
                data: proposal.piece_cid,
                size: proposal.piece_size,
            });
        }
        let unsealed_cid = if compute_cid {
            let proposals: Vec<_> = proposals.iter().collect();
            unsealed_cid(self.rt, sector.seal_proof, &proposals)?
        } else {
            None
        };
        for (id, proposal) in sector.deal_ids.iter().zip(proposals) {
            DealEvent::Activated.emit(self.rt, *id, proposal)?;
        }
        self.by_sector
            .push((sector.sector, sector.deal_ids.clone()));
        Ok(SectorDealActivation {
            activated,
            unsealed_cid,
        })
    }

    /// Activates the deal that a piece is for. `None` if there is none, if it can't be, or if it
    /// is for another piece.
    fn piece(
        &mut self,
        sector: &SectorChanges,
        piece: &PieceChange,
    ) -> Result<Option<DealID>, ActorError> {
        let Ok(id) = fvm_ipld_encoding::from_slice::<DealID>(&piece.payload) else {
            return Ok(None);
        };
        let Ok(proposal) = self.ready_deal(id, sector.minimum_commitment_epoch)? else {
            return Ok(None);
        };
        if piece.data != proposal.piece_cid || piece.size != proposal.piece_size {
            return Ok(None);
        }
        DealEvent::Activated.emit(self.rt, id, &proposal)?;
        self.activate(id, sector.sector)?;
        Ok(Some(id))
    }

    /// Gives a deal its state, and answers the datacap that waited for it.
    fn activate(&mut self, id: DealID, sector: SectorNumber) -> Result<Option<u64>, ActorError> {
        self.activated.insert(id);
        let now = self.rt.network().epoch;
        self.deals
            .states
            .set(id, DealState::activated(sector, now))?;
        self.deals.pending_allocations.delete(&id)
    }
}

/// Is a proposal the caller's, not past its start, and over before the sector is?
///
/// # Errors
/// 18, 32 and 16 if not.
fn require_in_time(
    rt: &dyn Runtime,
    proposal: &DealProposal,
    sector_expiry: ChainEpoch,
) -> Result<(), ActorError> {
    let miner = Address::new_id(rt.message().caller);
    if proposal.provider != miner {
        return Err(ActorError::forbidden(format!(
            "a deal of {}",
            proposal.provider
        )));
    }
    if rt.network().epoch > proposal.start_epoch {
        // As if it had already been cleared away.
        let words = format!("should have begun at {}", proposal.start_epoch);
        return Err(ActorError::new(EX_DEAL_EXPIRED, words));
    }
    if proposal.end_epoch > sector_expiry {
        return Err(ActorError::illegal_argument(format!(
            "ends at {}, after its sector at {sector_expiry}",
            proposal.end_epoch
        )));
    }
    Ok(())
}
