//! Sectors that end early: at the miner's wish, or for being faulty too long.
//!
//! A sector's power goes at once; its fee, pledge, deals and event follow when its turn comes in
//! the queue of early terminations. Within one message or cron call no more is done than the
//! policy allows; the rest waits for the next epoch. Meanwhile the miner can withdraw nothing.

use std::collections::BTreeMap;

use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::SectorNumber;
use num_traits::{Signed, Zero};

use super::bitfield_queue::bits;
use super::calls::{
    burn, enroll_cron_event, estimates, notify_pledge_changed, terminate_deals, update_power,
};
use super::cron::EARLY_TERMINATIONS;
use super::deadline_info::is_mutable;
use super::events::sector_terminated;
use super::faults::declared;
use super::monies::{Estimates, termination_penalty};
use super::power::{PowerPair, qa_power_for_sector};
use super::sector_map::DeadlineSectors;
use super::state::{State, check_balance_now};
use super::types::{TerminateSectorsParams, TerminateSectorsReturn};
use crate::callers;
use crate::error::ActorError;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// Sectors taken out of the queue of early terminations.
#[derive(Debug, Default)]
pub struct Popped {
    /// Which, by the epoch of their end.
    pub sectors: BTreeMap<ChainEpoch, BitField>,
    /// Out of how many partitions.
    pub partition_count: u64,
    /// How many.
    pub sector_count: u64,
}

impl Popped {
    pub(super) fn from_partition(entries: Vec<(ChainEpoch, BitField)>) -> Self {
        let sector_count = entries.iter().map(|(_, sectors)| sectors.len()).sum();
        Self {
            sectors: entries.into_iter().collect(),
            partition_count: 1,
            sector_count,
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.partition_count += other.partition_count;
        self.sector_count += other.sector_count;
        for (epoch, sectors) in other.sectors {
            *self.sectors.entry(epoch).or_default() |= &sectors;
        }
    }

    pub(super) fn is_below(&self, partitions_max: u64, sectors_max: u64) -> bool {
        self.partition_count < partitions_max && self.sector_count < sectors_max
    }
}

impl State {
    /// Takes sectors that have yet to pay for their early end, within the policy's limits. Says
    /// whether more remain.
    ///
    /// # Errors
    /// 20 if a queue can't be read.
    fn pop_early_terminations(
        &mut self,
        policy: &Policy,
        store: Store<'_>,
    ) -> Result<(Popped, bool), ActorError> {
        let mut all = Popped::default();
        if self.early_terminations.is_empty() {
            return Ok((all, false));
        }
        let (partitions_max, sectors_max) = (
            policy.addressed_partitions_max,
            policy.addressed_sectors_max,
        );
        let mut deadlines = self.load_deadlines(store)?;
        let mut finished = Vec::new();
        for index in self.early_terminations.iter() {
            let mut deadline = deadlines.get(store, index)?;
            let (popped, more) = deadline.pop_early_terminations(
                store,
                partitions_max - all.partition_count,
                sectors_max - all.sector_count,
            )?;
            all.absorb(popped);
            if !more {
                finished.push(index);
            }
            deadlines.set(store, index, &deadline)?;
            if !all.is_below(partitions_max, sectors_max) {
                break;
            }
        }
        finished
            .into_iter()
            .for_each(|index| self.early_terminations.unset(index));
        self.save_deadlines(store, &deadlines)?;
        Ok((all, !self.early_terminations.is_empty()))
    }
}

/// 9: ends sectors, and settles as many ends as one message may. Controllers.
pub(super) fn terminate_sectors(
    rt: &dyn Runtime,
    params: TerminateSectorsParams,
) -> Result<TerminateSectorsReturn, ActorError> {
    let named = DeadlineSectors::gather(rt.policy(), declared(params.terminations))?;
    let (had_unpaid, power_lost) = transaction(rt, |state: &mut State| {
        let had_unpaid = !state.early_terminations.is_empty();
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let info = state.load_info(store)?;
        callers::one_of_addresses(rt, info.controllers())?;
        let period_start = state.current_deadline_info(policy, now).period_start;
        let mut deadlines = state.load_deadlines(store)?;
        let table = state.load_sectors(store)?;
        let mut power_lost = PowerPair::default();
        for (index, sectors) in named.iter() {
            if !is_mutable(policy, period_start, index, now) {
                let words = format!("deadline {index} may not change");
                return Err(ActorError::illegal_argument(words));
            }
            let scope = state.scope(policy, store, &info, index);
            let mut deadline = deadlines.get(store, index)?;
            power_lost += &deadline.terminate_sectors(policy, scope, &table, now, sectors)?;
            state.early_terminations.set(index);
            deadlines.set(store, index, &deadline)?;
        }
        state.save_deadlines(store, &deadlines)?;
        Ok((had_unpaid, power_lost))
    })?;

    let more = settle_early_terminations(rt, &estimates(rt)?)?;
    if more && !had_unpaid {
        schedule_early_terminations(rt)?;
    }
    check_balance_now(rt)?;
    update_power(rt, -power_lost)?;
    Ok(TerminateSectorsReturn { done: !more })
}

/// Settles early ends from the queue: fee, pledge, deals, events. Says whether more remain.
pub(super) fn settle_early_terminations(
    rt: &dyn Runtime,
    estimates: &Estimates,
) -> Result<bool, ActorError> {
    let (settled, more) = transaction(rt, |state: &mut State| settle(rt, state, estimates))?;
    let Some(Settled {
        to_burn,
        pledge_delta,
        sectors,
        with_data,
    }) = settled
    else {
        return Ok(more);
    };
    burn(rt, to_burn)?;
    notify_pledge_changed(rt, &pledge_delta)?;
    terminate_deals(rt, with_data)?;
    for sector in sectors {
        sector_terminated(rt, sector)?;
    }
    Ok(more)
}

/// Early ends that are settled.
struct Settled {
    to_burn: TokenAmount,
    pledge_delta: TokenAmount,
    sectors: Vec<SectorNumber>,
    with_data: BitField,
}

fn settle(
    rt: &dyn Runtime,
    state: &mut State,
    estimates: &Estimates,
) -> Result<(Option<Settled>, bool), ActorError> {
    let store = Store::of(rt);
    let (popped, more) = state.pop_early_terminations(rt.policy(), store)?;
    if popped.sector_count == 0 {
        return Ok((None, more));
    }
    let info = state.load_info(store)?;
    let table = state.load_sectors(store)?;
    let mut pledge = TokenAmount::zero();
    let mut penalty = TokenAmount::zero();
    let mut sectors = Vec::new();
    let mut with_data = Vec::new();
    for (epoch, numbers) in &popped.sectors {
        for sector in table.load_all(numbers)? {
            let power = qa_power_for_sector(info.sector_size, &sector);
            let fault_penalty = estimates.continued_fault_penalty(&power)?;
            let age = epoch - sector.activation;
            penalty += termination_penalty(&sector.initial_pledge, age, &fault_penalty);
            pledge += &sector.initial_pledge;
            sectors.push(sector.sector_number);
            if sector.deal_weight.is_positive() || sector.verified_deal_weight.is_positive() {
                with_data.push(sector.sector_number);
            }
        }
    }
    state.apply_penalty(&penalty)?;
    state.add_initial_pledge(&-&pledge)?;
    // The pledge set free pays for the fee.
    let repaid = state.repay_what_it_can(store, rt.network().epoch, &rt.balance()?)?;
    let settled = Settled {
        to_burn: repaid.to_burn,
        pledge_delta: -pledge - repaid.unlocked,
        sectors,
        with_data: bits(with_data)?,
    };
    Ok((Some(settled), more))
}

/// Asks to be called next epoch to settle the rest.
pub(super) fn schedule_early_terminations(rt: &dyn Runtime) -> Result<(), ActorError> {
    enroll_cron_event(rt, rt.network().epoch + 1, EARLY_TERMINATIONS)
}
