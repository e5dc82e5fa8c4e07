//! What the market remembers.

use cid::Cid;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::address::Address;
use fvm_shared::clock::{ChainEpoch, EPOCH_UNDEFINED};
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use num_traits::Zero;

use crate::adt::{Array, Map};
use crate::callers;
use crate::error::ActorError;
use crate::ids;
use crate::market::deal::{DealProposal, DealState};
use crate::market::deals::{PROPOSALS_BIT_WIDTH, STATES_BIT_WIDTH};
use crate::market::escrow::{Escrow, empty_table};
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::types::AllocationId;

/// The state of the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// `AMT(5)[DealID]DealProposal`: published and not settled for good.
    pub proposals: Cid,
    /// `AMT(6)[DealID]DealState`: those of them that were activated.
    pub states: Cid,
    /// `HAMT[Cid]`: those that cron has not seen yet, so that none is published twice.
    pub pending_proposals: Cid,
    /// `HAMT(6)[Address]TokenAmount`: what each party has in escrow.
    pub escrow_table: Cid,
    /// `HAMT(6)[Address]TokenAmount`: what of it is promised to deals.
    pub locked_table: Cid,
    /// The number of the next deal.
    pub next_id: DealID,
    /// `HAMT[ChainEpoch]HAMT[DealID]`: when cron looks at which deal.
    pub deal_ops_by_epoch: Cid,
    /// The last epoch that cron has seen to.
    pub last_cron: ChainEpoch,
    /// All clients' locked collateral.
    pub total_client_locked_collateral: TokenAmount,
    /// All providers' locked collateral.
    pub total_provider_locked_collateral: TokenAmount,
    /// All that clients will still pay.
    pub total_client_storage_fee: TokenAmount,
    /// `HAMT[DealID]AllocationID`: the datacap behind deals that wait for activation.
    pub pending_deal_allocation_ids: Cid,
    /// `HAMT[provider ActorID]HAMT[SectorNumber][DealID]`: the deals in each sector.
    pub provider_sectors: Cid,
}

impl State {
    /// A market without deals.
    ///
    /// # Errors
    /// 20 if it can't be stored.
    pub fn new(store: Store<'_>) -> Result<Self, ActorError> {
        // Every map but those of the escrow is empty in the same way.
        let map = Map::<DealID, u64>::empty(store, "a map").flush()?;
        let table = empty_table(store)?;
        Ok(Self {
            proposals: Array::<DealProposal>::empty(store, PROPOSALS_BIT_WIDTH, "proposals")
                .flush()?,
            states: Array::<DealState>::empty(store, STATES_BIT_WIDTH, "states").flush()?,
            pending_proposals: map,
            escrow_table: table,
            locked_table: table,
            next_id: 0,
            deal_ops_by_epoch: map,
            last_cron: EPOCH_UNDEFINED,
            total_client_locked_collateral: TokenAmount::zero(),
            total_provider_locked_collateral: TokenAmount::zero(),
            total_client_storage_fee: TokenAmount::zero(),
            pending_deal_allocation_ids: map,
            provider_sectors: map,
        })
    }

    // --- for those who look at it from outside ---------------------------------------------

    /// What was published and is not settled for good, by deal.
    ///
    /// # Errors
    /// 20 if it can't be read.
    pub fn proposals<'s>(&self, store: Store<'s>) -> Result<Array<'s, DealProposal>, ActorError> {
        Array::load(store, &self.proposals, "proposals")
    }

    /// Where activated deals stand, by deal.
    ///
    /// # Errors
    /// 20 if it can't be read.
    pub fn deal_states<'s>(&self, store: Store<'s>) -> Result<Array<'s, DealState>, ActorError> {
        Array::load(store, &self.states, "deal states")
    }

    /// What a party has in escrow, and what of it is promised to deals.
    ///
    /// # Errors
    /// 20 if it can't be read.
    pub fn balance_of(
        &self,
        store: Store<'_>,
        party: &Address,
    ) -> Result<(TokenAmount, TokenAmount), ActorError> {
        let escrow = Escrow::open(self, store)?;
        Ok((escrow.held(party)?, escrow.locked(party)?))
    }

    /// The allocation behind a deal that waits for activation.
    ///
    /// # Errors
    /// 20 if it can't be read.
    pub fn pending_allocation(
        &self,
        store: Store<'_>,
        deal: DealID,
    ) -> Result<Option<AllocationId>, ActorError> {
        let allocations = &self.pending_deal_allocation_ids;
        let pending = Map::load(store, allocations, "pending allocations")?;
        Ok(pending.get(&deal)?.copied())
    }
}

/// Method 1: an empty market.
pub(super) fn constructor(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    state::create(rt, &State::new(Store::of(rt))?)
}
