//! All of a miner's deadlines.

use cid::Cid;
use fvm_ipld_encoding::CborStore;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::SectorNumber;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::deadline::Deadline;
use super::deadline_assignment::assign_deadlines;
use super::deadline_info::is_mutable;
use super::info::MinerInfo;
use super::partition::Arrival;
use super::sector::SectorOnChainInfo;
use super::state::State;
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::state::Store;

/// All of a miner's deadlines, each in its own block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Deadlines {
    /// A [`Deadline`] each.
    pub due: Vec<Cid>,
}

impl Deadlines {
    /// As many as the policy wants, all of them empty.
    ///
    /// # Errors
    /// 20 if they can't be written.
    pub fn new(policy: &Policy, store: Store<'_>) -> Result<Self, ActorError> {
        let empty = put(store, &Deadline::new(store)?)?;
        Ok(Self {
            due: vec![empty; policy.period_deadlines as usize],
        })
    }

    /// One of them.
    ///
    /// # Errors
    /// 16 if there is no such deadline, or no block of it; 20 if it can't be read.
    pub fn get(&self, store: Store<'_>, index: u64) -> Result<Deadline, ActorError> {
        let none = || ActorError::illegal_argument(format!("no deadline {index}"));
        let root = usize::try_from(index)
            .ok()
            .and_then(|i| self.due.get(i))
            .ok_or_else(none)?;
        store
            .get_cbor(root)
            .or_illegal_state("a deadline")?
            .ok_or_else(none)
    }

    /// Writes one of them.
    ///
    /// # Errors
    /// 20 if there is no such deadline, or if [`Deadline::check`] finds something.
    pub fn set(
        &mut self,
        store: Store<'_>,
        index: u64,
        deadline: &Deadline,
    ) -> Result<(), ActorError> {
        deadline.check()?;
        let slot = usize::try_from(index)
            .ok()
            .and_then(|i| self.due.get_mut(i));
        *slot.ok_or_else(|| ActorError::illegal_state(format!("no deadline {index}")))? =
            put(store, deadline)?;
        Ok(())
    }

    /// The deadline and partition that a sector lies in. Looks through all of them.
    ///
    /// # Errors
    /// 20 if it is in none.
    pub fn find_sector(
        &self,
        store: Store<'_>,
        sector: SectorNumber,
    ) -> Result<(u64, u64), ActorError> {
        for deadline in 0..self.due.len() as u64 {
            let mut found = None;
            self.get(store, deadline)?
                .partitions(store)?
                .for_each_while(|index, partition| {
                    found = partition.sectors.get(sector).then_some(index);
                    Ok(found.is_none())
                })?;
            if let Some(partition) = found {
                return Ok((deadline, partition));
            }
        }
        Err(ActorError::illegal_state(format!(
            "sector {sector} is in no deadline"
        )))
    }
}

impl State {
    /// Spreads new sectors over the deadlines that may change.
    ///
    /// # Errors
    /// 20 if every deadline is full.
    pub fn assign_to_deadlines(
        &mut self,
        policy: &Policy,
        store: Store<'_>,
        current_epoch: ChainEpoch,
        info: &MinerInfo,
        mut sectors: Vec<SectorOnChainInfo>,
    ) -> Result<(), ActorError> {
        let mut deadlines = self.load_deadlines(store)?;
        let period_start = self
            .current_deadline_info(policy, current_epoch)
            .period_start;
        let mut candidates = Vec::with_capacity(deadlines.due.len());
        for index in 0..deadlines.due.len() as u64 {
            let deadline = deadlines.get(store, index)?;
            let mutable = is_mutable(policy, period_start, index, current_epoch);
            candidates.push(mutable.then_some(deadline));
        }

        // Runs of neighbours make small bitfields.
        sectors.sort_by_key(|sector| sector.sector_number);
        let size = info.window_post_partition_sectors;
        let assigned = assign_deadlines(policy, size, &candidates, sectors)?;
        for ((index, candidate), sectors) in (0..).zip(candidates).zip(assigned) {
            let Some(mut deadline) = candidate.filter(|_| !sectors.is_empty()) else {
                continue;
            };
            let scope = self.scope(policy, store, info, index);
            deadline.add_sectors(scope, Arrival::New, size, &sectors)?;
            deadlines.set(store, index, &deadline)?;
        }
        self.save_deadlines(store, &deadlines)
    }

    /// Puts new sectors in a deadline of the miner's choice (FIP-0092).
    ///
    /// # Errors
    /// 16 if that deadline doesn't exist or may not change now.
    pub fn assign_to_deadline(
        &mut self,
        policy: &Policy,
        store: Store<'_>,
        current_epoch: ChainEpoch,
        info: &MinerInfo,
        index: u64,
        mut sectors: Vec<SectorOnChainInfo>,
    ) -> Result<(), ActorError> {
        let mut deadlines = self.load_deadlines(store)?;
        let mut deadline = deadlines.get(store, index)?;
        sectors.sort_by_key(|sector| sector.sector_number);

        let period_start = self
            .current_deadline_info(policy, current_epoch)
            .period_start;
        if !is_mutable(policy, period_start, index, current_epoch) {
            return Err(ActorError::illegal_argument(format!(
                "deadline {index} may not change"
            )));
        }
        let scope = self.scope(policy, store, info, index);
        let size = info.window_post_partition_sectors;
        // Here, unlike elsewhere, an inner error's own code is lost.
        deadline
            .add_sectors(scope, Arrival::New, size, &sectors)
            .or_illegal_state("assigning")?;
        deadlines.set(store, index, &deadline)?;
        self.save_deadlines(store, &deadlines)
    }
}

fn put(store: Store<'_>, deadline: &Deadline) -> Result<Cid, ActorError> {
    store.write(deadline, ExitCode::USR_ILLEGAL_STATE, "a deadline")
}
