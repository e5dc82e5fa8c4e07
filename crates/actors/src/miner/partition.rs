//! Sectors that are proven together.
//!
//! What holds of every partition ([`Partition::check`] after each change; `check_state` adds the
//! sums):
//! - `terminated`, `faults` and `unproven` are disjoint parts of `sectors`, `recoveries` a part of
//!   `faults`; the sectors that are in none of the first three are active and give power;
//! - each memoised power is the sum over its sectors: `live_power` over those not terminated,
//!   `unproven_power`, `faulty_power` and `recovering_power` over the sets of their names;
//! - the expiration queue holds exactly the live sectors, `early_terminated` only terminated ones
//!   whose fee is not yet paid.

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::SectorSize;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::bitfield_queue::BitFieldQueue;
use super::expiration_queue::{ExpirationQueue, ExpirationSet, Replacement};
use super::power::{PowerPair, power_for_sectors};
use super::quantize::{EXACT, Quantization};
use super::sector::SectorOnChainInfo;
use super::sectors::{self, Sectors};
use super::terminations::Popped;
use crate::adt::Array;
use crate::error::ActorError;
use crate::policy::Policy;
use crate::state::Store;

const EXPIRATIONS_BIT_WIDTH: u32 = 4;
const EARLY_TERMINATIONS_BIT_WIDTH: u32 = 3;

/// What work on one deadline's sectors needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Where the blocks are.
    pub store: Store<'a>,
    /// How large the miner's sectors are.
    pub sector_size: SectorSize,
    /// The ends of the deadline, to which expirations are rounded up.
    pub quant: Quantization,
}

/// Where sectors that are added come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// New: without power until their first window proof, and their daily fee is due from now.
    New,
    /// From partitions that were compacted: proven, and their fee is counted already.
    Compacted,
}

/// Sectors that are proven together.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Partition {
    /// All of them, until they are compacted away.
    pub sectors: BitField,
    /// Those not proven since they were added. They become active at the first proof, or faulty
    /// at the end of the deadline.
    pub unproven: BitField,
    /// Those declared or found faulty.
    pub faults: BitField,
    /// Those of the faulty that should be back at the next proof.
    pub recoveries: BitField,
    /// Those that have ended.
    pub terminated: BitField,
    /// When the live ones end: an [`ExpirationQueue`].
    pub expirations_epochs: Cid,
    /// Those that ended early and have not yet paid for it, by the epoch of their end: a
    /// [`BitFieldQueue`], exact.
    pub early_terminated: Cid,
    /// The power of those that have not ended.
    pub live_power: PowerPair,
    /// The power of the unproven.
    pub unproven_power: PowerPair,
    /// The power of the faulty.
    pub faulty_power: PowerPair,
    /// The power of the recovering.
    pub recovering_power: PowerPair,
}

/// What new faults changed.
#[derive(Clone, Debug, Default)]
pub struct NewFaults {
    /// Which sectors are newly faulty.
    pub sectors: BitField,
    /// What the miner's claim on power changes by: less what was active.
    pub power_delta: PowerPair,
    /// The power of the newly faulty, active before or not.
    pub faulty_power: PowerPair,
}

/// What terminations changed.
#[derive(Clone, Debug)]
pub struct Terminated {
    /// The sectors and their sums; `active_power` without the unproven.
    pub removed: ExpirationSet,
    /// The power of those that were never proven.
    pub unproven_power: PowerPair,
}

/// What a missed proof changed.
#[derive(Clone, Debug)]
pub struct MissedPost {
    /// What the miner's claim on power changes by.
    pub power_delta: PowerPair,
    /// The power of the newly faulty.
    pub new_faulty_power: PowerPair,
}

impl Partition {
    /// One without sectors.
    ///
    /// # Errors
    /// 20 if its empty queues can't be written.
    pub fn new(store: Store<'_>) -> Result<Self, ActorError> {
        let none = BitField::new;
        let no_power = PowerPair::default;
        Ok(Self {
            sectors: none(),
            unproven: none(),
            faults: none(),
            recoveries: none(),
            terminated: none(),
            expirations_epochs: Array::<()>::empty(store, EXPIRATIONS_BIT_WIDTH, "expirations")
                .flush()?,
            early_terminated: Array::<()>::empty(
                store,
                EARLY_TERMINATIONS_BIT_WIDTH,
                "early terminations",
            )
            .flush()?,
            live_power: no_power(),
            unproven_power: no_power(),
            faulty_power: no_power(),
            recovering_power: no_power(),
        })
    }

    /// Those that have not ended.
    #[must_use]
    pub fn live_sectors(&self) -> BitField {
        &self.sectors - &self.terminated
    }

    /// Those that give power.
    #[must_use]
    pub fn active_sectors(&self) -> BitField {
        &(&self.live_sectors() - &self.faults) - &self.unproven
    }

    /// The power they give.
    #[must_use]
    pub fn active_power(&self) -> PowerPair {
        &(&self.live_power - &self.faulty_power) - &self.unproven_power
    }

    /// Adds sectors, which are not faulty. Returns their power and daily fee.
    ///
    /// # Errors
    /// 20 if one is here already.
    pub fn add_sectors(
        &mut self,
        scope: Scope<'_>,
        arrival: Arrival,
        sectors: &[SectorOnChainInfo],
    ) -> Result<(PowerPair, TokenAmount), ActorError> {
        let added = self.with_expirations(scope, |queue| queue.add_active(sectors))?;
        if self.sectors.contains_any(&added.numbers) {
            return Err(ActorError::illegal_state(
                "a sector that is in the partition already",
            ));
        }
        self.sectors |= &added.numbers;
        self.live_power += &added.power;
        if arrival == Arrival::New {
            self.unproven |= &added.numbers;
            self.unproven_power += &added.power;
        }
        self.check()?;
        Ok((added.power, added.daily_fee))
    }

    /// Marks sectors faulty. Those that are so already, or have ended, are passed over; those
    /// that were recovering no longer are.
    ///
    /// # Errors
    /// 16 if one isn't in the partition; 17 if one isn't in the table.
    pub fn record_faults(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        numbers: &BitField,
        fault_expiration: ChainEpoch,
    ) -> Result<NewFaults, ActorError> {
        self.require_sectors(numbers)?;
        let retracted = &self.recoveries & numbers;
        let new = &(&(numbers - &retracted) - &self.terminated) - &self.faults;

        let new_sectors = table.load_all(&new)?;
        let faults = match new_sectors.is_empty() {
            true => NewFaults::default(),
            false => self.add_faults(scope, new, &new_sectors, fault_expiration)?,
        };
        let power = power_for_sectors(scope.sector_size, &table.load_all(&retracted)?);
        self.remove_recoveries(&retracted, &power);
        self.check()?;
        Ok(faults)
    }

    /// Marks sectors faulty that a proof skips. The same as [`Self::record_faults`] but for the
    /// order of its steps, and that nothing is looked at if nothing is skipped.
    ///
    /// # Errors
    /// 16 if one isn't in the partition; 17 if one isn't in the table.
    pub fn record_skipped_faults(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        skipped: &BitField,
        fault_expiration: ChainEpoch,
    ) -> Result<NewFaults, ActorError> {
        if skipped.is_empty() {
            return Ok(NewFaults::default());
        }
        self.require_sectors(skipped)?;
        let retracted = &self.recoveries & skipped;
        let retracted_power = power_for_sectors(scope.sector_size, &table.load_all(&retracted)?);

        let new = &(skipped - &self.terminated) - &self.faults;
        let new_sectors = table.load_all(&new)?;
        let faults = self.add_faults(scope, new, &new_sectors, fault_expiration)?;
        self.remove_recoveries(&retracted, &retracted_power);
        self.check()?;
        Ok(faults)
    }

    fn add_faults(
        &mut self,
        scope: Scope<'_>,
        numbers: BitField,
        sectors: &[SectorOnChainInfo],
        fault_expiration: ChainEpoch,
    ) -> Result<NewFaults, ActorError> {
        let faulty_power = self.with_expirations(scope, |queue| {
            queue.reschedule_as_faults(fault_expiration, sectors)
        })?;
        self.faults |= &numbers;
        self.faulty_power += &faulty_power;

        // What was unproven gave no power that could be lost.
        let unproven = &numbers & &self.unproven;
        let unproven_power =
            power_for_sectors(scope.sector_size, &sectors::select(sectors, &unproven)?);
        self.unproven -= &unproven;
        self.unproven_power -= &unproven_power;

        self.check()?;
        let power_delta = &unproven_power - &faulty_power;
        Ok(NewFaults {
            sectors: numbers,
            power_delta,
            faulty_power,
        })
    }

    /// Marks faulty sectors recovering. Those that aren't faulty, or recover already, are passed
    /// over.
    ///
    /// # Errors
    /// 16 if one isn't in the partition; 17 if one isn't in the table.
    pub fn declare_faults_recovered(
        &mut self,
        sector_size: SectorSize,
        table: &Sectors<'_>,
        numbers: &BitField,
    ) -> Result<(), ActorError> {
        self.require_sectors(numbers)?;
        let new = &(numbers & &self.faults) - &self.recoveries;
        let power = power_for_sectors(sector_size, &table.load_all(&new)?);
        self.recoveries |= &new;
        self.recovering_power += &power;
        self.check()
    }

    fn remove_recoveries(&mut self, numbers: &BitField, power: &PowerPair) {
        self.recoveries -= numbers;
        self.recovering_power -= power;
    }

    /// Makes the recovering sectors active, trusting in the proof. Returns their power.
    ///
    /// # Errors
    /// 17 if one isn't in the table; 20 if one isn't in the queue.
    pub fn recover_faults(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
    ) -> Result<PowerPair, ActorError> {
        if self.recoveries.is_empty() {
            // Nearly every proof: no need to look at the queue.
            return Ok(PowerPair::default());
        }
        let recovered = table.load_all(&self.recoveries)?;
        let power = self.with_expirations(scope, |queue| queue.reschedule_recovered(&recovered))?;
        self.faults -= &std::mem::take(&mut self.recoveries);
        self.faulty_power -= &power;
        self.recovering_power -= &power;
        self.check()?;
        Ok(power)
    }

    /// Makes the unproven sectors active, trusting in the proof. Returns their power.
    pub fn activate_unproven(&mut self) -> PowerPair {
        self.unproven = BitField::new();
        std::mem::take(&mut self.unproven_power)
    }

    /// Puts sectors in the place of others: usually the same with other terms.
    ///
    /// # Errors
    /// 20 if one of the old isn't active.
    pub fn replace_sectors(
        &mut self,
        scope: Scope<'_>,
        old: &[SectorOnChainInfo],
        new: &[SectorOnChainInfo],
    ) -> Result<Replacement, ActorError> {
        let replacement = self.with_expirations(scope, |queue| queue.replace(old, new))?;
        if !self.active_sectors().contains_all(&replacement.old) {
            return Err(ActorError::illegal_state(
                "an inactive sector can't be replaced",
            ));
        }
        self.sectors -= &replacement.old;
        self.sectors |= &replacement.new;
        self.live_power += &replacement.power;
        self.check()?;
        Ok(replacement)
    }

    /// Ends sectors before their time. Their fees fall due with [`Self::pop_early_terminations`].
    ///
    /// # Errors
    /// 16 if one isn't live; 17 if one isn't in the table.
    pub fn terminate_sectors(
        &mut self,
        policy: &Policy,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        epoch: ChainEpoch,
        numbers: &BitField,
    ) -> Result<Terminated, ActorError> {
        if !self.live_sectors().contains_all(numbers) {
            return Err(ActorError::illegal_argument(
                "only live sectors can be terminated",
            ));
        }
        let sectors = table.load_all(numbers)?;
        let (faults, recoveries) = (self.faults.clone(), self.recoveries.clone());
        let (mut removed, recovering_power) = self.with_expirations(scope, |queue| {
            queue.remove(policy, &sectors, &faults, &recoveries)
        })?;
        let removed_numbers = removed.sectors();
        self.record_early_termination(scope.store, epoch, &removed_numbers)?;

        let unproven = &removed_numbers & &self.unproven;
        self.faults -= &removed_numbers;
        self.recoveries -= &removed_numbers;
        self.terminated |= &removed_numbers;
        self.unproven -= &unproven;

        let unproven_power =
            power_for_sectors(scope.sector_size, &sectors::select(&sectors, &unproven)?);
        self.live_power -= &removed.active_power;
        self.live_power -= &removed.faulty_power;
        self.faulty_power -= &removed.faulty_power;
        self.recovering_power -= &recovering_power;
        self.unproven_power -= &unproven_power;
        removed.active_power -= &unproven_power;

        self.check()?;
        Ok(Terminated {
            removed,
            unproven_power,
        })
    }

    /// Ends the sectors that are due, at the end of their deadline.
    ///
    /// # Errors
    /// 20 if any sector is unproven or recovering: the proof, or its absence, is dealt with first.
    pub fn pop_expired_sectors(
        &mut self,
        scope: Scope<'_>,
        until: ChainEpoch,
    ) -> Result<ExpirationSet, ActorError> {
        if !self.unproven.is_empty() {
            return Err(ActorError::illegal_state(
                "sectors expire while some are unproven",
            ));
        }
        let popped = self.with_expirations(scope, |queue| queue.pop_until(until))?;
        let expired = popped.sectors();
        if !self.recoveries.is_empty() || !self.recovering_power.is_zero() {
            return Err(ActorError::illegal_state(
                "sectors expire while some are recovering",
            ));
        }
        if self.terminated.contains_any(&expired) {
            return Err(ActorError::illegal_state("a sector that ends twice"));
        }
        self.terminated |= &expired;
        self.faults -= &expired;
        self.live_power -= &popped.active_power;
        self.live_power -= &popped.faulty_power;
        self.faulty_power -= &popped.faulty_power;
        self.record_early_termination(scope.store, until, &popped.early_sectors)?;
        self.check()?;
        Ok(popped)
    }

    /// Marks every live sector faulty, and none as recovering or unproven.
    ///
    /// # Errors
    /// 20 if the queue is in disorder.
    pub fn record_missed_post(
        &mut self,
        scope: Scope<'_>,
        fault_expiration: ChainEpoch,
    ) -> Result<MissedPost, ActorError> {
        self.with_expirations(scope, |queue| {
            queue.reschedule_all_as_faults(fault_expiration)
        })?;
        let new_faulty_power = &self.live_power - &self.faulty_power;
        let power_delta = &self.unproven_power - &new_faulty_power;

        self.faults = self.live_sectors();
        self.faulty_power = self.live_power.clone();
        self.recoveries = BitField::new();
        self.recovering_power = PowerPair::default();
        self.unproven = BitField::new();
        self.unproven_power = PowerPair::default();
        self.check()?;
        Ok(MissedPost {
            power_delta,
            new_faulty_power,
        })
    }

    /// Takes up to `max` sectors out of the queue of those that have yet to pay for their early
    /// end. Says whether more remain.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn pop_early_terminations(
        &mut self,
        store: Store<'_>,
        max: u64,
    ) -> Result<(Popped, bool), ActorError> {
        let mut queue = BitFieldQueue::load(store, &self.early_terminated, EXACT)?;
        let popped = Popped::from_partition(queue.pop_up_to(max)?);
        self.early_terminated = queue.flush()?;
        self.check()?;
        Ok((popped, queue.count() > 0))
    }

    fn record_early_termination(
        &mut self,
        store: Store<'_>,
        epoch: ChainEpoch,
        numbers: &BitField,
    ) -> Result<(), ActorError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let mut queue = BitFieldQueue::load(store, &self.early_terminated, EXACT)?;
        queue.add(epoch, numbers)?;
        self.early_terminated = queue.flush()?;
        Ok(())
    }

    fn with_expirations<R>(
        &mut self,
        scope: Scope<'_>,
        change: impl FnOnce(&mut ExpirationQueue<'_>) -> Result<R, ActorError>,
    ) -> Result<R, ActorError> {
        let Scope {
            store,
            quant,
            sector_size,
        } = scope;
        let mut queue = ExpirationQueue::load(store, &self.expirations_epochs, quant, sector_size)?;
        let result = change(&mut queue)?;
        self.expirations_epochs = queue.flush()?;
        Ok(result)
    }

    fn require_sectors(&self, numbers: &BitField) -> Result<(), ActorError> {
        if !self.sectors.contains_all(numbers) {
            return Err(ActorError::illegal_argument(
                "a sector that isn't in the partition",
            ));
        }
        Ok(())
    }

    /// What must hold after every change. Cheap enough to look at always.
    ///
    /// # Errors
    /// 20 with what doesn't hold.
    pub fn check(&self) -> Result<(), ActorError> {
        let wrong = |what| {
            Err(ActorError::illegal_state(format!(
                "a partition with {what}"
            )))
        };
        let powers = [
            &self.live_power,
            &self.unproven_power,
            &self.faulty_power,
            &self.recovering_power,
        ];
        if powers.iter().any(|power| power.is_negative()) {
            return wrong("negative power");
        }
        if self.unproven_power.raw > self.live_power.raw
            || self.faulty_power.raw > self.live_power.raw
            || self.recovering_power.raw > self.faulty_power.raw
        {
            return wrong("a part of its power larger than the whole");
        }
        let mut marked = &self.unproven | &self.faults;
        if self.terminated.contains_any(&marked) {
            return wrong("terminated sectors that are unproven or faulty");
        }
        marked |= &self.terminated;
        if !self.sectors.contains_all(&marked) {
            return wrong("marks on sectors of others");
        }
        if !self.faults.contains_all(&self.recoveries) {
            return wrong("recoveries that aren't faulty");
        }
        Ok(())
    }
}
