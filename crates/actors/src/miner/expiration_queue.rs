//! When the sectors of a partition end: a queue of [`ExpirationSet`]s by epoch.
//!
//! A live sector is in exactly one set. It is among the `on_time` of the set at its own
//! expiration, rounded up to the end of its deadline; or, once it is faulty and would otherwise
//! outlive the longest fault allowed, among the `early` of the set where that fault must end.
//!
//! What holds of every set (`check_state` verifies it):
//! - `active_power` is the power of its sectors that are not faulty, `faulty_power` of the others;
//! - `early` sectors are faulty, and their expiration is later than the set's epoch;
//! - `on_time_pledge` is the pledge of the `on_time` sectors alone: an early end pays a fee first;
//! - `fee_deduction` is the daily fee of all its sectors (FIP-0100).

use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::{SectorNumber, SectorSize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::bitfield_queue::{bits, queue_key};
use super::power::{PowerPair, power_for_sector};
use super::quantize::Quantization;
use super::sector::SectorOnChainInfo;
use crate::adt::{Array, Slot};
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::state::Store;

/// The most sectors in one set that removal of faulty sectors will look through.
const SET_SECTORS_MAX: u64 = 10_000;

/// The sectors that end at one epoch.
///
/// Old sets have no `fee_deduction` on disk; it is written when they are next touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct ExpirationSet {
    /// Those that end as they were committed to.
    pub on_time_sectors: BitField,
    /// Those that end because they were faulty for too long.
    pub early_sectors: BitField,
    /// The pledge of the former.
    pub on_time_pledge: TokenAmount,
    /// The power of those that are not faulty.
    pub active_power: PowerPair,
    /// The power of those that are.
    pub faulty_power: PowerPair,
    /// By how much their end lowers the daily fee of their deadline.
    #[serde(default)]
    pub fee_deduction: TokenAmount,
}

impl ExpirationSet {
    /// Are there no sectors in it?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.on_time_sectors.is_empty() && self.early_sectors.is_empty()
    }

    /// How many sectors there are in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.on_time_sectors.len() + self.early_sectors.len()
    }

    /// All its sectors.
    #[must_use]
    pub fn sectors(&self) -> BitField {
        &self.on_time_sectors | &self.early_sectors
    }

    /// Adds another set's sectors and sums.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.on_time_sectors |= &other.on_time_sectors;
        self.early_sectors |= &other.early_sectors;
        self.on_time_pledge += &other.on_time_pledge;
        self.active_power += &other.active_power;
        self.faulty_power += &other.faulty_power;
        self.fee_deduction += &other.fee_deduction;
    }

    /// Takes out sectors and sums that must all be in it.
    fn remove(&mut self, part: &Self) -> Result<(), ActorError> {
        let there = self.on_time_sectors.contains_all(&part.on_time_sectors)
            && self.early_sectors.contains_all(&part.early_sectors);
        if !there {
            return Err(ActorError::illegal_state(
                "sectors not in their expiration set",
            ));
        }
        self.on_time_sectors -= &part.on_time_sectors;
        self.early_sectors -= &part.early_sectors;
        self.on_time_pledge -= &part.on_time_pledge;
        self.active_power -= &part.active_power;
        self.faulty_power -= &part.faulty_power;
        self.fee_deduction -= &part.fee_deduction;
        self.check_sums()
    }

    /// Fails with 20 if a sum has become negative.
    fn check_sums(&self) -> Result<(), ActorError> {
        let negative = self.on_time_pledge.is_negative()
            || self.active_power.is_negative()
            || self.faulty_power.is_negative()
            || self.fee_deduction.is_negative();
        if negative {
            return Err(ActorError::illegal_state(
                "an expiration set with a negative sum",
            ));
        }
        Ok(())
    }
}

/// Some sectors, and what they amount to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SectorTotals {
    /// Which.
    pub numbers: BitField,
    /// Their power.
    pub power: PowerPair,
    /// What is pledged for them.
    pub pledge: TokenAmount,
    /// What they pay a day.
    pub daily_fee: TokenAmount,
}

impl SectorTotals {
    fn count(&mut self, size: SectorSize, sector: &SectorOnChainInfo) {
        self.power += &power_for_sector(size, sector);
        self.pledge += &sector.initial_pledge;
        self.daily_fee += &sector.daily_fee;
    }

    fn absorb(&mut self, other: &Self) {
        self.numbers |= &other.numbers;
        self.power += &other.power;
        self.pledge += &other.pledge;
        self.daily_fee += &other.daily_fee;
    }

    /// As a set of active sectors that end on time.
    fn active(&self) -> ExpirationSet {
        ExpirationSet {
            on_time_sectors: self.numbers.clone(),
            on_time_pledge: self.pledge.clone(),
            active_power: self.power.clone(),
            fee_deduction: self.daily_fee.clone(),
            ..ExpirationSet::default()
        }
    }
}

/// What a replacement changed: new minus old.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replacement {
    /// The sectors taken out.
    pub old: BitField,
    /// The sectors put in.
    pub new: BitField,
    /// Their power.
    pub power: PowerPair,
    /// Their pledge.
    pub pledge: TokenAmount,
    /// Their daily fee.
    pub daily_fee: TokenAmount,
}

/// The queue of a partition. Epochs are rounded up to the ends of its deadline.
#[derive(Debug)]
pub struct ExpirationQueue<'a> {
    sets: Array<'a, ExpirationSet>,
    quant: Quantization,
    size: SectorSize,
}

impl<'a> ExpirationQueue<'a> {
    /// The queue under a root, of sectors of one size.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(
        store: Store<'a>,
        root: &Cid,
        quant: Quantization,
        size: SectorSize,
    ) -> Result<Self, ActorError> {
        Ok(Self {
            sets: Array::load(store, root, "expirations")?,
            quant,
            size,
        })
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.sets.flush()
    }

    /// Schedules active sectors for their own expirations.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn add_active<'s>(
        &mut self,
        sectors: impl IntoIterator<Item = &'s SectorOnChainInfo>,
    ) -> Result<SectorTotals, ActorError> {
        let mut by_epoch = BTreeMap::<ChainEpoch, Vec<&SectorOnChainInfo>>::new();
        for sector in sectors {
            by_epoch
                .entry(self.quant.up(sector.expiration))
                .or_default()
                .push(sector);
        }
        let mut all = SectorTotals::default();
        for (epoch, sectors) in by_epoch {
            let mut totals = SectorTotals {
                numbers: bits(sectors.iter().map(|sector| sector.sector_number))?,
                ..SectorTotals::default()
            };
            sectors
                .iter()
                .for_each(|sector| totals.count(self.size, sector));
            self.add(epoch, &totals.active())?;
            all.absorb(&totals);
        }
        Ok(all)
    }

    /// Marks active sectors faulty. Those that would outlive the fault are moved to its end, as
    /// early; their pledge leaves the queue. Returns the power of all of them.
    ///
    /// # Errors
    /// 20 if one is not scheduled as active.
    pub fn reschedule_as_faults(
        &mut self,
        fault_expiration: ChainEpoch,
        sectors: &[SectorOnChainInfo],
    ) -> Result<PowerPair, ActorError> {
        let mut all_power = PowerPair::default();
        let mut early = SectorTotals::default();
        let fault_epoch = self.quant.up(fault_expiration);
        for group in self.find_active(sectors)? {
            let mut set = group.set;
            set.active_power -= &group.part.power;
            if group.epoch <= fault_epoch {
                // These end before the fault would: they stay, on time and with their pledge.
                set.faulty_power += &group.part.power;
            } else {
                set.on_time_sectors -= &group.part.numbers;
                set.on_time_pledge -= &group.part.pledge;
                set.fee_deduction -= &group.part.daily_fee;
                early.absorb(&group.part);
            }
            all_power += &group.part.power;
            set.check_sums()?;
            self.put_or_delete(group.epoch, set)?;
        }
        if !early.numbers.is_empty() {
            self.add(
                fault_expiration,
                &early_faults(early.numbers, early.power, early.daily_fee),
            )?;
        }
        Ok(all_power)
    }

    /// Marks every sector faulty, as [`Self::reschedule_as_faults`] does: a missed proof.
    ///
    /// # Errors
    /// 20 if a set beyond the fault's end has early sectors: no fault ends later than a new one.
    pub fn reschedule_all_as_faults(
        &mut self,
        fault_expiration: ChainEpoch,
    ) -> Result<(), ActorError> {
        let fault_epoch = self.quant.up(fault_expiration);
        let mut staying = Vec::new();
        let mut moved_keys = Vec::new();
        let mut moved = ExpirationSet::default();
        self.sets.for_each(|key, set| {
            let epoch = epoch_of(key)?;
            if epoch <= fault_epoch {
                let mut set = set.clone();
                set.faulty_power += &std::mem::take(&mut set.active_power);
                staying.push((key, set));
                return Ok(());
            }
            if !set.early_sectors.is_empty() {
                return Err(ActorError::illegal_state(
                    "a fault that ends later than a new one",
                ));
            }
            moved_keys.push(key);
            moved.absorb(set);
            Ok(())
        })?;
        for (key, set) in staying {
            set.check_sums()?;
            self.sets.set(key, set)?;
        }
        if moved_keys.is_empty() {
            return Ok(());
        }
        let power = &moved.active_power + &moved.faulty_power;
        let faults = early_faults(moved.on_time_sectors, power, moved.fee_deduction);
        self.add(fault_expiration, &faults)?;
        self.sets.delete_all(moved_keys)?;
        Ok(())
    }

    /// Marks faulty sectors active again and moves the early ones back to their own expirations.
    /// Returns the power recovered.
    ///
    /// # Errors
    /// 20 if one is not in the queue.
    pub fn reschedule_recovered(
        &mut self,
        sectors: &[SectorOnChainInfo],
    ) -> Result<PowerPair, ActorError> {
        let mut remaining: BTreeMap<SectorNumber, &SectorOnChainInfo> = sectors
            .iter()
            .map(|sector| (sector.sector_number, sector))
            .collect();
        let mut recovered = PowerPair::default();
        let mut to_move = Vec::new();
        let size = self.size;
        self.walk_mut(|set| {
            let mut on_time_power = PowerPair::default();
            for number in set.on_time_sectors.iter() {
                if let Some(sector) = remaining.remove(&number) {
                    on_time_power += &power_for_sector(size, sector);
                }
            }
            let mut early = SectorTotals::default();
            let mut early_numbers = Vec::new();
            for number in set.early_sectors.iter() {
                if let Some(sector) = remaining.remove(&number) {
                    early_numbers.push(number);
                    early.count(size, sector);
                    to_move.push(sector);
                }
            }
            // A set is touched only if it changes: touching writes the fee field that old sets
            // lack, which would be another block.
            if !early_numbers.is_empty() || !on_time_power.is_zero() {
                set.active_power += &on_time_power;
                set.faulty_power -= &(&on_time_power + &early.power);
                set.fee_deduction -= &early.daily_fee;
                set.early_sectors -= &bits(early_numbers)?;
            }
            recovered += &on_time_power;
            recovered += &early.power;
            set.check_sums()?;
            Ok(!remaining.is_empty())
        })?;
        none_left(remaining.len())?;
        self.add_active(to_move)?;
        Ok(recovered)
    }

    /// Takes active sectors out and puts others in: the same sectors with another expiration,
    /// power, pledge or fee.
    ///
    /// # Errors
    /// 20 if one of the old is not scheduled as active.
    pub fn replace(
        &mut self,
        old: &[SectorOnChainInfo],
        new: &[SectorOnChainInfo],
    ) -> Result<Replacement, ActorError> {
        let old = self.remove_active(old)?;
        let new = self.add_active(new)?;
        Ok(Replacement {
            power: &new.power - &old.power,
            pledge: new.pledge - old.pledge,
            daily_fee: new.daily_fee - old.daily_fee,
            old: old.numbers,
            new: new.numbers,
        })
    }

    /// Takes sectors out, active or faulty. Returns what was taken out, and how much of its
    /// faulty power was recovering.
    ///
    /// # Errors
    /// 20 if one is not in the queue, or there are too many to look through.
    pub fn remove(
        &mut self,
        policy: &Policy,
        sectors: &[SectorOnChainInfo],
        faults: &BitField,
        recovering: &BitField,
    ) -> Result<(ExpirationSet, PowerPair), ActorError> {
        let faults = expand(faults, policy.addressed_sectors_max, "faults")?;
        let recovering = expand(recovering, policy.addressed_sectors_max, "recoveries")?;
        let (faulty, active): (Vec<_>, Vec<_>) = sectors
            .iter()
            .cloned()
            .partition(|sector| faults.contains(&sector.sector_number));

        // Active sectors end on time, so we know where they are.
        let mut removed = self.remove_active(&active)?.active();

        let mut remaining: BTreeSet<SectorNumber> =
            faulty.iter().map(|sector| sector.sector_number).collect();
        let mut recovering_power = PowerPair::default();
        let size = self.size;
        self.walk_mut(|set| {
            let on_time = expand(&set.on_time_sectors, SET_SECTORS_MAX, "a set")?;
            let early = expand(&set.early_sectors, SET_SECTORS_MAX, "a set")?;
            for sector in &faulty {
                let number = sector.sector_number;
                if on_time.contains(&number) {
                    set.on_time_sectors.unset(number);
                    removed.on_time_sectors.set(number);
                    set.on_time_pledge -= &sector.initial_pledge;
                    removed.on_time_pledge += &sector.initial_pledge;
                } else if early.contains(&number) {
                    set.early_sectors.unset(number);
                    removed.early_sectors.set(number);
                } else {
                    continue;
                }
                let power = power_for_sector(size, sector);
                set.faulty_power -= &power;
                removed.faulty_power += &power;
                if recovering.contains(&number) {
                    recovering_power += &power;
                }
                set.fee_deduction -= &sector.daily_fee;
                removed.fee_deduction += &sector.daily_fee;
                remaining.remove(&number);
            }
            set.check_sums()?;
            Ok(!remaining.is_empty())
        })?;
        none_left(remaining.len())?;
        Ok((removed, recovering_power))
    }

    /// Removes every set up to and including an epoch and returns them as one.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn pop_until(&mut self, until: ChainEpoch) -> Result<ExpirationSet, ActorError> {
        let mut due = Vec::new();
        let mut popped = ExpirationSet::default();
        self.sets.for_each_while(|key, set| {
            let is_due = key as ChainEpoch <= until;
            if is_due {
                due.push(key);
                popped.absorb(set);
            }
            Ok(is_due)
        })?;
        self.sets.delete_all(due)?;
        Ok(popped)
    }

    /// Visits every set in ascending order of epoch. For checks.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the queue can't be read.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(ChainEpoch, &ExpirationSet) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.sets.for_each(|key, set| visit(epoch_of(key)?, set))
    }

    // --- helpers ---------------------------------------------------------------------------

    fn at(&self, epoch: ChainEpoch) -> Result<ExpirationSet, ActorError> {
        Ok(self
            .sets
            .get(queue_key(epoch)?)?
            .cloned()
            .unwrap_or_default())
    }

    fn put_or_delete(&mut self, epoch: ChainEpoch, set: ExpirationSet) -> Result<(), ActorError> {
        let key = queue_key(epoch)?;
        if set.is_empty() {
            return self.sets.delete(key).map(|_| ());
        }
        self.sets.set(key, set)
    }

    fn add(&mut self, epoch: ChainEpoch, part: &ExpirationSet) -> Result<(), ActorError> {
        let epoch = self.quant.up(epoch);
        let mut set = self.at(epoch)?;
        set.absorb(part);
        set.check_sums()?;
        self.sets.set(queue_key(epoch)?, set)
    }

    fn remove_active(&mut self, sectors: &[SectorOnChainInfo]) -> Result<SectorTotals, ActorError> {
        let mut all = SectorTotals::default();
        for group in self.find_active(sectors)? {
            let mut set = group.set;
            set.remove(&group.part.active())?;
            self.put_or_delete(group.epoch, set)?;
            all.absorb(&group.part);
        }
        Ok(all)
    }

    /// Where sectors are scheduled on time, by epoch: at their own expirations, or else (if they
    /// were rescheduled) wherever they are found.
    fn find_active(&self, sectors: &[SectorOnChainInfo]) -> Result<Vec<Group>, ActorError> {
        let mut remaining: BTreeMap<SectorNumber, &SectorOnChainInfo> = sectors
            .iter()
            .map(|sector| (sector.sector_number, sector))
            .collect();
        let declared: BTreeSet<ChainEpoch> = sectors
            .iter()
            .map(|sector| self.quant.up(sector.expiration))
            .collect();

        let mut groups = Vec::with_capacity(declared.len());
        for &epoch in &declared {
            groups.extend(Group::take(
                self.size,
                epoch,
                &self.at(epoch)?,
                &mut remaining,
            )?);
        }
        if !remaining.is_empty() {
            self.sets.for_each_while(|key, set| {
                let epoch = epoch_of(key)?;
                if declared.contains(&epoch) {
                    return Ok(true);
                }
                if set
                    .early_sectors
                    .iter()
                    .any(|number| remaining.contains_key(&number))
                {
                    return Err(ActorError::illegal_state(
                        "an active sector that ends early",
                    ));
                }
                groups.extend(Group::take(self.size, epoch, set, &mut remaining)?);
                Ok(!remaining.is_empty())
            })?;
        }
        none_left(remaining.len())?;
        groups.sort_by_key(|group| group.epoch);
        Ok(groups)
    }

    /// Visits sets in ascending order of epoch while `visit` says so, then removes those that it
    /// left empty. Only a set that it writes to counts as changed.
    fn walk_mut(
        &mut self,
        mut visit: impl FnMut(&mut Slot<'_, ExpirationSet>) -> Result<bool, ActorError>,
    ) -> Result<(), ActorError> {
        let mut emptied = Vec::new();
        self.sets.for_each_while_mut(|key, set| {
            let goes_on = visit(set)?;
            if set.is_empty() {
                emptied.push(key);
            }
            Ok(goes_on)
        })?;
        self.sets.delete_all(emptied)?;
        Ok(())
    }
}

/// Sectors found in one set.
struct Group {
    epoch: ChainEpoch,
    set: ExpirationSet,
    part: SectorTotals,
}

impl Group {
    /// Takes from `remaining` those that end on time in this set, if there are any.
    fn take(
        size: SectorSize,
        epoch: ChainEpoch,
        set: &ExpirationSet,
        remaining: &mut BTreeMap<SectorNumber, &SectorOnChainInfo>,
    ) -> Result<Option<Self>, ActorError> {
        let mut part = SectorTotals::default();
        let mut numbers = Vec::new();
        for number in set.on_time_sectors.iter() {
            if let Some(sector) = remaining.remove(&number) {
                numbers.push(number);
                part.count(size, sector);
            }
        }
        part.numbers = bits(numbers)?;
        Ok((!part.numbers.is_empty()).then(|| Self {
            epoch,
            set: set.clone(),
            part,
        }))
    }
}

fn early_faults(numbers: BitField, power: PowerPair, daily_fee: TokenAmount) -> ExpirationSet {
    ExpirationSet {
        early_sectors: numbers,
        faulty_power: power,
        fee_deduction: daily_fee,
        ..ExpirationSet::default()
    }
}

fn epoch_of(key: u64) -> Result<ChainEpoch, ActorError> {
    ChainEpoch::try_from(key).or_illegal_state("the epoch of a key")
}

fn expand(numbers: &BitField, max: u64, what: &str) -> Result<BTreeSet<SectorNumber>, ActorError> {
    let numbers = numbers
        .bounded_iter(max)
        .ok_or_else(|| ActorError::illegal_state(format!("{what}: more than {max}")))?;
    Ok(numbers.collect())
}

fn none_left(count: usize) -> Result<(), ActorError> {
    if count > 0 {
        return Err(ActorError::illegal_state(format!(
            "{count} sectors not scheduled to end"
        )));
    }
    Ok(())
}
