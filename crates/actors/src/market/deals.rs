//! The deals themselves: proposals, states, and what is remembered of those that wait.
//!
//! Invariants, which [`Deals::check`] verifies:
//! - every deal's number is below the next one, and its parties are ID addresses;
//! - a deal with a state has a proposal, and no datacap waiting for it;
//! - what waits, by the CID of its proposal or with datacap, has a proposal;
//! - a deal was neither paid nor terminated before its sector began, nor in the future.

use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;
use cid::multihash::Multihash;
use fvm_ipld_encoding::{DAG_CBOR, RawBytes};
use fvm_shared::ActorID;
use fvm_shared::address::Protocol;
use fvm_shared::clock::{ChainEpoch, EPOCH_UNDEFINED};
use fvm_shared::crypto::hash::SupportedHashes;
use fvm_shared::deal::DealID;
use fvm_shared::error::ExitCode;

use crate::adt::{Array, Map, Set};
use crate::error::{ActorError, OrExit};
use crate::market::EX_DEAL_EXPIRED;
use crate::market::deal::{DealProposal, DealState};
use crate::market::state::State;
use crate::runtime::Runtime;
use crate::state::Store;
use crate::verifreg::types::AllocationId;

/// Bits a level of the proposals' array.
pub(super) const PROPOSALS_BIT_WIDTH: u32 = 5;
/// Bits a level of the states' array.
pub(super) const STATES_BIT_WIDTH: u32 = 6;

/// All that is known of deals, opened from the state.
pub(super) struct Deals<'s> {
    pub(super) proposals: Array<'s, DealProposal>,
    pub(super) states: Array<'s, DealState>,
    pub(super) pending: Set<'s, Cid>,
    pub(super) pending_allocations: Map<'s, DealID, AllocationId>,
    next_id: DealID,
}

impl<'s> Deals<'s> {
    pub(super) fn open(state: &State, store: Store<'s>) -> Result<Self, ActorError> {
        let allocations = &state.pending_deal_allocation_ids;
        Ok(Self {
            proposals: Array::load(store, &state.proposals, "proposals")?,
            states: Array::load(store, &state.states, "deal states")?,
            pending: Set::load(store, &state.pending_proposals, "pending proposals")?,
            pending_allocations: Map::load(store, allocations, "pending allocations")?,
            next_id: state.next_id,
        })
    }

    pub(super) fn save(mut self, state: &mut State) -> Result<(), ActorError> {
        state.proposals = self.proposals.flush()?;
        state.states = self.states.flush()?;
        state.pending_proposals = self.pending.flush()?;
        state.pending_deal_allocation_ids = self.pending_allocations.flush()?;
        state.next_id = self.next_id;
        Ok(())
    }

    /// Files a new deal and answers its number.
    pub(super) fn publish(
        &mut self,
        proposal: DealProposal,
        cid: &Cid,
        allocation: Option<AllocationId>,
    ) -> Result<DealID, ActorError> {
        let id = self.next_id;
        self.next_id += 1;
        self.proposals.set(id, proposal)?;
        self.pending.put(cid)?;
        if let Some(allocation) = allocation {
            self.pending_allocations.set(&id, allocation)?;
        }
        Ok(id)
    }

    /// A deal's proposal.
    ///
    /// # Errors
    /// 17 if there never was such a deal, 32 if it is gone, 20 if no deal could have the number.
    pub(super) fn proposal(&self, id: DealID) -> Result<&DealProposal, ActorError> {
        self.proposals
            .get(id)?
            .ok_or_else(|| gone(id, self.next_id))
    }

    /// Removes a deal that was activated and is over.
    pub(super) fn remove_completed(&mut self, id: DealID) -> Result<(), ActorError> {
        self.states
            .delete(id)?
            .or_illegal_state("removing a deal's state")?;
        self.proposals
            .delete(id)?
            .or_illegal_state("removing a deal's proposal")?;
        Ok(())
    }

    /// Removes a deal that was never activated.
    pub(super) fn remove_timed_out(&mut self, id: DealID, cid: &Cid) -> Result<(), ActorError> {
        self.proposals
            .delete(id)?
            .or_illegal_state("removing a deal's proposal")?;
        if !self.pending.delete(cid)? {
            return Err(ActorError::illegal_state(format!(
                "deal {id} was not pending"
            )));
        }
        self.pending_allocations.delete(&id)?;
        Ok(())
    }

    /// Every invariant that does not hold, in words.
    pub(super) fn check(&self, now: ChainEpoch) -> Result<Vec<String>, ActorError> {
        let mut broken = Vec::new();
        let mut cids = BTreeMap::new();
        self.proposals.for_each(|id, proposal| {
            if id >= self.next_id {
                broken.push(format!("deal {id}, but the next is {}", self.next_id));
            }
            for party in [&proposal.client, &proposal.provider] {
                if party.protocol() != Protocol::ID {
                    broken.push(format!("deal {id}: {party} is no ID address"));
                }
            }
            cids.insert(id, proposal.cid()?);
            Ok(())
        })?;
        self.pending_allocations.for_each(|id, allocation| {
            if !cids.contains_key(&id) {
                broken.push(format!(
                    "allocation {allocation} waits for deal {id}, which is gone"
                ));
            }
            Ok(())
        })?;
        self.states.for_each(|id, state| {
            if !cids.contains_key(&id) {
                broken.push(format!("deal {id} has a state, but no proposal"));
            }
            if self.pending_allocations.contains(&id)? {
                broken.push(format!("datacap still waits for deal {id}"));
            }
            broken.extend(
                state
                    .check(now)
                    .map(|words| format!("deal {id}: {words}: {state:?}")),
            );
            Ok(())
        })?;
        let cids: BTreeSet<Cid> = cids.into_values().collect();
        self.pending.for_each(|cid| {
            if !cids.contains(&cid) {
                broken.push(format!("proposal {cid} is pending, but gone"));
            }
            Ok(())
        })?;
        Ok(broken)
    }
}

impl State {
    /// A deal's proposal.
    ///
    /// # Errors
    /// As for the methods that ask for one: 17 if there never was such a deal, 32 if it is gone,
    /// 20 if no deal could have the number.
    pub fn proposal(&self, store: Store<'_>, id: DealID) -> Result<DealProposal, ActorError> {
        let proposals: Array<'_, DealProposal> = Array::load(store, &self.proposals, "proposals")?;
        proposals
            .get(id)?
            .cloned()
            .ok_or_else(|| gone(id, self.next_id))
    }

    /// The allocations that wait for deals to be activated.
    pub(crate) fn waiting_allocations(
        &self,
        store: Store<'_>,
    ) -> Result<Vec<(DealID, AllocationId)>, ActorError> {
        let mut waiting = Vec::new();
        let root = &self.pending_deal_allocation_ids;
        Map::load(store, root, "pending allocations")?.for_each(|deal, allocation: &_| {
            waiting.push((deal, *allocation));
            Ok(())
        })?;
        Ok(waiting)
    }

    /// Where a deal stands, if it was activated and is not over.
    ///
    /// # Errors
    /// 20 if no deal could have the number.
    pub fn deal_state(
        &self,
        store: Store<'_>,
        id: DealID,
    ) -> Result<Option<DealState>, ActorError> {
        let states: Array<'_, DealState> = Array::load(store, &self.states, "deal states")?;
        Ok(states.get(id)?.copied())
    }
}

/// A deal that isn't there is over if its number was given out, or else never was.
fn gone(id: DealID, next_id: DealID) -> ActorError {
    if id < next_id {
        ActorError::new(EX_DEAL_EXPIRED, format!("deal {id} is over"))
    } else {
        ActorError::not_found(format!("no deal {id}"))
    }
}

impl DealState {
    /// A deal that was just activated.
    pub(super) fn activated(sector: u64, now: ChainEpoch) -> Self {
        Self {
            sector,
            sector_start_epoch: now,
            last_updated_epoch: EPOCH_UNDEFINED,
            slash_epoch: EPOCH_UNDEFINED,
        }
    }

    /// Has a payment been made?
    pub(super) fn ever_updated(&self) -> bool {
        self.last_updated_epoch != EPOCH_UNDEFINED
    }

    /// Is it only waiting for its removal?
    pub(super) fn terminated(&self) -> bool {
        self.slash_epoch != EPOCH_UNDEFINED
    }

    fn check(&self, now: ChainEpoch) -> Option<&'static str> {
        let within =
            |epoch| epoch == EPOCH_UNDEFINED || (epoch >= self.sector_start_epoch && epoch <= now);
        if self.sector_start_epoch < 0 {
            Some("never started")
        } else if !within(self.last_updated_epoch) {
            Some("paid out of time")
        } else if !within(self.slash_epoch) {
            Some("terminated out of time")
        } else {
            None
        }
    }
}

impl DealProposal {
    /// Who pays, of a published deal.
    pub(crate) fn client_id(&self) -> Result<ActorID, ActorError> {
        self.client
            .id()
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "a client's id")
    }

    /// Who stores, of a published deal.
    pub(crate) fn provider_id(&self) -> Result<ActorID, ActorError> {
        self.provider
            .id()
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "a provider's id")
    }

    /// Its bytes.
    ///
    /// # Errors
    /// 21 if it can't be encoded.
    pub(super) fn encode(&self) -> Result<RawBytes, ActorError> {
        RawBytes::serialize(self).or_exit(ExitCode::USR_SERIALIZATION, "a proposal")
    }

    /// Its name among the pending ones.
    ///
    /// # Errors
    /// 21 if it can't be encoded.
    pub fn cid(&self) -> Result<Cid, ActorError> {
        use multihash_codetable::{Code, MultihashDigest};

        Ok(Cid::new_v1(
            DAG_CBOR,
            Code::Blake2b256.digest(&self.encode()?),
        ))
    }
}

/// The same by the machine's hash, which is paid for.
pub(super) fn proposal_cid(rt: &dyn Runtime, encoded: &[u8]) -> Result<Cid, ActorError> {
    let hash = SupportedHashes::Blake2b256;
    let digest = rt.hash(hash, encoded)?;
    let hash = Multihash::wrap(hash as u64, &digest)
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the CID of a proposal")?;
    Ok(Cid::new_v1(DAG_CBOR, hash))
}
