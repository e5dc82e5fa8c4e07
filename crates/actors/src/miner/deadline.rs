//! One of a miner's deadlines: the partitions that are proven while it is open.
//!
//! Proofs are taken on trust when they come, unless they restore power, and kept so that anyone
//! may dispute them after the deadline has closed; the snapshots say what they were about.
//!
//! What holds of every deadline (`check_state` verifies it):
//! - partitions are numbered from 0 without gaps, and share no sector;
//! - `live_sectors`, `total_sectors`, `live_power`, `faulty_power` and `daily_fee` are the sums
//!   over the partitions;
//! - for each epoch at which a partition's queue has a set, `expirations_epochs` names that
//!   partition. It may name more: a partition is never taken out before its epoch, since sectors
//!   that recover go back there;
//! - `early_terminations` names exactly the partitions with unpaid early terminations.

use std::collections::BTreeSet;

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::PoStProof;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::bitfield_queue::{BitFieldQueue, bits};
use super::expiration_queue::ExpirationSet;
use super::partition::{Arrival, Partition, Scope};
use super::power::PowerPair;
use super::quantize::Quantization;
use super::sector::SectorOnChainInfo;
use super::sector_map::PartitionSectors;
use super::sectors::{SECTORS_BIT_WIDTH, Sectors};
use super::terminations::Popped;
use super::types::PoStPartition;
use crate::adt::Array;
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::state::Store;

const PARTITIONS_BIT_WIDTH: u32 = 3;
const EXPIRATIONS_BIT_WIDTH: u32 = 5;
const PROOFS_BIT_WIDTH: u32 = 2;

/// One of a miner's deadlines.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Deadline {
    /// Its partitions: an array of [`Partition`].
    pub partitions: Cid,
    /// Which partitions may have sectors that end: a [`BitFieldQueue`], by the deadline's ends.
    pub expirations_epochs: Cid,
    /// The partitions proven since it opened.
    pub partitions_posted: BitField,
    /// The partitions with sectors that ended early and haven't paid for it.
    pub early_terminations: BitField,
    /// How many sectors have not ended.
    pub live_sectors: u64,
    /// How many sectors there are.
    pub total_sectors: u64,
    /// The power of the faulty.
    pub faulty_power: PowerPair,
    /// The proofs taken on trust since it opened: an array of [`WindowedPoSt`].
    pub optimistic_post_submissions: Cid,
    /// The table of sectors when it last closed, if there was any proof to dispute.
    pub sectors_snapshot: Cid,
    /// The partitions when it last closed.
    pub partitions_snapshot: Cid,
    /// The proofs taken on trust when it last closed, less those disputed since.
    pub optimistic_post_submissions_snapshot: Cid,
    /// The power of all sectors that have not ended, given or not: what the cap of the daily fee
    /// is reckoned by.
    pub live_power: PowerPair,
    /// What those sectors pay a day.
    pub daily_fee: TokenAmount,
}

/// A proof taken on trust.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct WindowedPoSt {
    /// The partitions it is over.
    pub partitions: BitField,
    /// The proof: one, since all sectors of a miner are of one kind.
    pub proofs: Vec<PoStProof>,
}

/// What a proof changed.
#[derive(Debug)]
pub struct Proven {
    /// What the miner's claim on power changes by.
    pub power_delta: PowerPair,
    /// The power of the sectors that recovered: if there is any, the proof is verified at once.
    pub recovered_power: PowerPair,
    /// All sectors of the partitions proven.
    pub sectors: BitField,
    /// Those of them that the proof is not over.
    pub ignored: BitField,
    /// The partitions proven.
    pub partitions: BitField,
}

/// What a dispute is about.
#[derive(Debug, Default)]
pub struct Disputed {
    /// All sectors of the partitions disputed.
    pub sectors: BitField,
    /// Those of them that the proof was not over.
    pub ignored: BitField,
    /// Those that were active, and must be marked faulty.
    pub active: PartitionSectors,
    /// Their power then. Some may have ended since.
    pub power: PowerPair,
}

impl Deadline {
    /// One without partitions.
    ///
    /// # Errors
    /// 20 if its empty arrays can't be written.
    pub fn new(store: Store<'_>) -> Result<Self, ActorError> {
        let partitions = empty_array(store, PARTITIONS_BIT_WIDTH)?;
        let proofs = empty_array(store, PROOFS_BIT_WIDTH)?;
        Ok(Self {
            partitions,
            expirations_epochs: empty_array(store, EXPIRATIONS_BIT_WIDTH)?,
            partitions_posted: BitField::new(),
            early_terminations: BitField::new(),
            live_sectors: 0,
            total_sectors: 0,
            faulty_power: PowerPair::default(),
            optimistic_post_submissions: proofs,
            sectors_snapshot: empty_array(store, SECTORS_BIT_WIDTH)?,
            partitions_snapshot: partitions,
            optimistic_post_submissions_snapshot: proofs,
            live_power: PowerPair::default(),
            daily_fee: TokenAmount::default(),
        })
    }

    /// Its partitions.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn partitions<'a>(&self, store: Store<'a>) -> Result<Array<'a, Partition>, ActorError> {
        Array::load(store, &self.partitions, "partitions")
    }

    /// Its partitions when it last closed.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn partitions_snapshot<'a>(
        &self,
        store: Store<'a>,
    ) -> Result<Array<'a, Partition>, ActorError> {
        Array::load(store, &self.partitions_snapshot, "snapshot of partitions")
    }

    /// The proofs that may be disputed once it has closed.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn proofs<'a>(&self, store: Store<'a>) -> Result<Array<'a, WindowedPoSt>, ActorError> {
        Array::load(store, &self.optimistic_post_submissions, "proofs")
    }

    /// The proofs that may be disputed now.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn proofs_snapshot<'a>(
        &self,
        store: Store<'a>,
    ) -> Result<Array<'a, WindowedPoSt>, ActorError> {
        Array::load(
            store,
            &self.optimistic_post_submissions_snapshot,
            "snapshot of proofs",
        )
    }

    /// When its partitions have sectors that end.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn expirations<'a>(
        &self,
        store: Store<'a>,
        quant: Quantization,
    ) -> Result<BitFieldQueue<'a>, ActorError> {
        BitFieldQueue::load(store, &self.expirations_epochs, quant)
    }

    /// A partition that must be there.
    ///
    /// # Errors
    /// 17 if it isn't; 20 if it can't be read.
    pub fn partition(&self, store: Store<'_>, index: u64) -> Result<Partition, ActorError> {
        existing(&self.partitions(store)?, index)
    }

    // --- sectors come and go ---------------------------------------------------------------

    /// Adds sectors to the last partition and, when it is full, to new ones. The deadline must
    /// not be open, and the sectors not faulty.
    ///
    /// # Errors
    /// 20 if one is here already.
    pub fn add_sectors(
        &mut self,
        scope: Scope<'_>,
        arrival: Arrival,
        partition_size: u64,
        sectors: &[SectorOnChainInfo],
    ) -> Result<PowerPair, ActorError> {
        let mut added_power = PowerPair::default();
        if sectors.is_empty() {
            return Ok(added_power);
        }
        self.live_sectors += sectors.len() as u64;
        self.total_sectors += sectors.len() as u64;

        let mut partitions = self.partitions(scope.store)?;
        let mut expirations = Vec::with_capacity(sectors.len());
        let mut waiting = sectors;
        let mut index = partitions.count().saturating_sub(1);
        while !waiting.is_empty() {
            let mut partition = match partitions.get(index)? {
                Some(partition) => partition.clone(),
                None => Partition::new(scope.store)?,
            };
            let room = partition_size.saturating_sub(partition.sectors.len());
            let (fitting, rest) = waiting.split_at(waiting.len().min(room as usize));
            if !fitting.is_empty() {
                let (power, daily_fee) = partition.add_sectors(scope, arrival, fitting)?;
                added_power += &power;
                if arrival == Arrival::New {
                    self.daily_fee += &daily_fee;
                }
                partitions.set(index, partition)?;
                expirations.extend(fitting.iter().map(|sector| (sector.expiration, index)));
            }
            waiting = rest;
            index += 1;
        }
        self.partitions = partitions.flush()?;

        let mut queue = self.expirations(scope.store, scope.quant)?;
        queue.add_each(expirations)?;
        self.expirations_epochs = queue.flush()?;
        self.live_power += &added_power;
        Ok(added_power)
    }

    /// Ends sectors before their time. Returns the power that is lost.
    ///
    /// # Errors
    /// 16 if one isn't live; 17 if a partition or sector doesn't exist.
    pub fn terminate_sectors(
        &mut self,
        policy: &Policy,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        epoch: ChainEpoch,
        sectors: &PartitionSectors,
    ) -> Result<PowerPair, ActorError> {
        let mut partitions = self.partitions(scope.store)?;
        let mut power_lost = PowerPair::default();
        for (&index, numbers) in sectors {
            let mut partition = existing(&partitions, index)?;
            let terminated = partition.terminate_sectors(policy, scope, table, epoch, numbers)?;
            partitions.set(index, partition)?;

            let removed = terminated.removed;
            if !removed.is_empty() {
                self.early_terminations.set(index);
                subtract(&mut self.live_sectors, removed.len())?;
            }
            self.faulty_power -= &removed.faulty_power;
            self.live_power -= &removed.active_power;
            self.live_power -= &removed.faulty_power;
            self.live_power -= &terminated.unproven_power;
            self.daily_fee -= &removed.fee_deduction;
            power_lost += &removed.active_power;
        }
        self.partitions = partitions.flush()?;
        Ok(power_lost)
    }

    /// Ends the sectors that are due, on time or for being faulty too long.
    ///
    /// # Errors
    /// 20 if a proof, or its absence, wasn't dealt with first.
    pub fn pop_expired_sectors(
        &mut self,
        scope: Scope<'_>,
        until: ChainEpoch,
    ) -> Result<ExpirationSet, ActorError> {
        let mut expired = ExpirationSet::default();
        let mut queue = self.expirations(scope.store, scope.quant)?;
        let Some(expiring) = queue.pop_until(until)? else {
            return Ok(expired);
        };
        self.expirations_epochs = queue.flush()?;

        let mut partitions = self.partitions(scope.store)?;
        for index in expiring.iter() {
            let mut partition = present(&partitions, index)?;
            let popped = partition.pop_expired_sectors(scope, until)?;
            if !popped.early_sectors.is_empty() {
                self.early_terminations.set(index);
            }
            expired.absorb(&popped);
            partitions.set(index, partition)?;
        }
        self.partitions = partitions.flush()?;

        subtract(&mut self.live_sectors, expired.len())?;
        self.faulty_power -= &expired.faulty_power;
        self.live_power -= &expired.faulty_power;
        self.live_power -= &expired.active_power;
        self.daily_fee -= &expired.fee_deduction;
        Ok(expired)
    }

    /// Takes sectors that have yet to pay for their early end, within limits. Says whether more
    /// remain.
    ///
    /// # Errors
    /// 20 if a queue can't be read.
    pub fn pop_early_terminations(
        &mut self,
        store: Store<'_>,
        partitions_max: u64,
        sectors_max: u64,
    ) -> Result<(Popped, bool), ActorError> {
        let mut partitions = self.partitions(store)?;
        let mut all = Popped::default();
        let mut finished = Vec::new();
        for index in self.early_terminations.iter() {
            let Some(partition) = partitions.get(index)? else {
                finished.push(index);
                continue;
            };
            let mut partition = partition.clone();
            let room = sectors_max - all.sector_count;
            let (popped, more) = partition.pop_early_terminations(store, room)?;
            all.absorb(popped);
            if !more {
                finished.push(index);
            }
            partitions.set(index, partition)?;
            if !all.is_below(partitions_max, sectors_max) {
                break;
            }
        }
        finished
            .into_iter()
            .for_each(|index| self.early_terminations.unset(index));
        self.partitions = partitions.flush()?;
        Ok((all, !self.early_terminations.is_empty()))
    }

    /// Removes partitions, appends their live sectors again, and returns the dead ones. The
    /// partitions after a removed one move down.
    ///
    /// # Errors
    /// 16 if a partition doesn't exist, has faulty or unproven sectors, or if the deadline has
    /// unpaid early terminations.
    pub fn compact_partitions(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        partition_size: u64,
        removed: &BitField,
    ) -> Result<BitField, ActorError> {
        let partitions = self.partitions(scope.store)?;
        let count = partitions.count();
        let removed_set: BTreeSet<u64> = removed
            .bounded_iter(count)
            .or_exit(
                ExitCode::USR_ILLEGAL_ARGUMENT,
                "more partitions than there are",
            )?
            .collect();
        match removed_set.last() {
            None => return Ok(BitField::new()),
            Some(last) if *last >= count => {
                return Err(ActorError::illegal_argument(format!("no partition {last}")));
            }
            Some(_) => (),
        }
        if !self.early_terminations.is_empty() {
            return Err(ActorError::illegal_argument(
                "early terminations have yet to be paid",
            ));
        }

        let mut kept = Array::<Partition>::empty(scope.store, PARTITIONS_BIT_WIDTH, "partitions");
        let mut dead = BitField::new();
        let mut live = BitField::new();
        let mut removed_power = PowerPair::default();
        partitions.for_each(|index, partition| {
            if !removed_set.contains(&index) {
                return kept.set(kept.count(), partition.clone());
            }
            if !partition.faults.is_empty() || !partition.unproven.is_empty() {
                let words = format!("partition {index} has faulty or unproven sectors");
                return Err(ActorError::illegal_argument(words));
            }
            dead |= &partition.terminated;
            live |= &partition.live_sectors();
            removed_power += &partition.live_power;
            Ok(())
        })?;
        self.partitions = kept.flush()?;
        subtract(&mut self.live_sectors, live.len())?;
        subtract(&mut self.total_sectors, live.len() + dead.len())?;
        self.live_power -= &removed_power;

        let mut queue = self.expirations(scope.store, scope.quant)?;
        queue.cut(removed)?;
        self.expirations_epochs = queue.flush()?;

        let sectors = table.load_all(&live)?;
        let added = self.add_sectors(scope, Arrival::Compacted, partition_size, &sectors)?;
        if added != removed_power {
            return Err(ActorError::illegal_state(
                "compaction changed the power of sectors",
            ));
        }
        Ok(dead)
    }

    // --- faults ----------------------------------------------------------------------------

    /// Marks sectors faulty. Returns what the miner's claim on power changes by.
    ///
    /// # Errors
    /// 16 if a sector isn't in its partition; 17 if a partition or sector doesn't exist.
    pub fn record_faults(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        fault_expiration: ChainEpoch,
        sectors: &PartitionSectors,
    ) -> Result<PowerPair, ActorError> {
        let mut partitions = self.partitions(scope.store)?;
        let mut with_new_faults = Vec::new();
        let mut power_delta = PowerPair::default();
        for (&index, numbers) in sectors {
            let mut partition = existing(&partitions, index)?;
            let faults = partition.record_faults(scope, table, numbers, fault_expiration)?;
            self.faulty_power += &faults.faulty_power;
            power_delta += &faults.power_delta;
            if !faults.sectors.is_empty() {
                with_new_faults.push(index);
            }
            partitions.set(index, partition)?;
        }
        self.partitions = partitions.flush()?;
        self.add_expiring_partitions(scope, fault_expiration, with_new_faults)?;
        Ok(power_delta)
    }

    /// Marks faulty sectors recovering. Their power comes back with the next proof.
    ///
    /// # Errors
    /// 16 if a sector isn't in its partition; 17 if a partition or sector doesn't exist.
    pub fn declare_faults_recovered(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        sectors: &PartitionSectors,
    ) -> Result<(), ActorError> {
        let mut partitions = self.partitions(scope.store)?;
        for (&index, numbers) in sectors {
            let mut partition = existing(&partitions, index)?;
            partition.declare_faults_recovered(scope.sector_size, table, numbers)?;
            partitions.set(index, partition)?;
        }
        self.partitions = partitions.flush()?;
        Ok(())
    }

    // --- proofs ----------------------------------------------------------------------------

    /// Takes a proof on trust: sectors that it skips become faulty, recovering and unproven ones
    /// active. Whoever calls must verify the proof or keep it for disputes.
    ///
    /// # Errors
    /// 16 if a partition is named twice or is proven already, or if a skipped sector isn't in it;
    /// 17 if a partition or sector doesn't exist.
    pub fn record_proven_sectors(
        &mut self,
        scope: Scope<'_>,
        table: &Sectors<'_>,
        fault_expiration: ChainEpoch,
        posts: &[PoStPartition],
    ) -> Result<Proven, ActorError> {
        let indices = BitField::try_from_bits(posts.iter().map(|post| post.index))
            .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the numbers of partitions")?;
        if indices.len() != posts.len() as u64 {
            return Err(ActorError::illegal_argument(
                "a partition is proven twice at once",
            ));
        }
        if self.partitions_posted.contains_any(&indices) {
            return Err(ActorError::illegal_argument(
                "a partition is proven already",
            ));
        }

        let mut proven = Proven {
            power_delta: PowerPair::default(),
            recovered_power: PowerPair::default(),
            sectors: BitField::new(),
            ignored: BitField::new(),
            partitions: indices,
        };
        let mut new_faulty_power = PowerPair::default();
        let mut with_new_faults = Vec::new();
        let mut partitions = self.partitions(scope.store)?;
        for post in posts {
            let mut partition = existing(&partitions, post.index)?;
            let faults =
                partition.record_skipped_faults(scope, table, &post.skipped, fault_expiration)?;
            if !faults.sectors.is_empty() {
                with_new_faults.push(post.index);
            }
            let recovered = partition.recover_faults(scope, table)?;
            let activated = partition.activate_unproven();

            proven.sectors |= &partition.sectors;
            proven.ignored |= &partition.faults;
            proven.ignored |= &partition.terminated;
            proven.power_delta += &faults.power_delta;
            proven.power_delta += &activated;
            proven.power_delta += &recovered;
            proven.recovered_power += &recovered;
            new_faulty_power += &faults.faulty_power;

            partitions.set(post.index, partition)?;
            self.partitions_posted.set(post.index);
        }
        self.add_expiring_partitions(scope, fault_expiration, with_new_faults)?;
        self.faulty_power -= &proven.recovered_power;
        self.faulty_power += &new_faulty_power;
        self.partitions = partitions.flush()?;
        Ok(proven)
    }

    /// Keeps a proof, so that it may be disputed.
    ///
    /// # Errors
    /// 20 if it can't be written.
    pub fn record_post_proofs(
        &mut self,
        store: Store<'_>,
        partitions: BitField,
        proofs: Vec<PoStProof>,
    ) -> Result<(), ActorError> {
        let mut kept = self.proofs(store)?;
        kept.set(kept.count(), WindowedPoSt { partitions, proofs })?;
        self.optimistic_post_submissions = kept.flush()?;
        Ok(())
    }

    /// Takes out a proof that is disputed, so that it can't be disputed again.
    ///
    /// # Errors
    /// 16 if there is none of this number.
    pub fn take_post_proofs(
        &mut self,
        store: Store<'_>,
        index: u64,
    ) -> Result<WindowedPoSt, ActorError> {
        let mut kept = self.proofs_snapshot(store)?;
        let proof = kept
            .delete(index)?
            .ok_or_else(|| ActorError::illegal_argument(format!("no proof {index}")))?;
        self.optimistic_post_submissions_snapshot = kept.flush()?;
        Ok(proof)
    }

    /// What a proof over these partitions was about when the deadline closed.
    ///
    /// # Errors
    /// 20 if a partition isn't in the snapshot.
    pub fn load_for_dispute(
        &self,
        store: Store<'_>,
        partitions: &BitField,
    ) -> Result<Disputed, ActorError> {
        let snapshot = self.partitions_snapshot(store)?;
        let mut disputed = Disputed::default();
        for index in partitions.iter() {
            let partition = present(&snapshot, index)?;
            disputed.sectors |= &partition.sectors;
            disputed.ignored |= &partition.faults;
            disputed.ignored |= &partition.terminated;
            disputed.ignored |= &partition.unproven;
            disputed.power += &partition.active_power();
            disputed.active.insert(index, partition.active_sectors());
        }
        Ok(disputed)
    }

    /// At its end: makes faulty what was not proven, and takes the snapshots. Returns what the
    /// miner's claim on power changes by.
    ///
    /// # Errors
    /// 20 if a partition is in disorder.
    pub fn process_end(
        &mut self,
        scope: Scope<'_>,
        fault_expiration: ChainEpoch,
        sectors_root: Cid,
    ) -> Result<PowerPair, ActorError> {
        let mut partitions = self.partitions(scope.store)?;
        let mut missed_any = false;
        let mut with_new_faults = Vec::new();
        let mut power_delta = PowerPair::default();
        for index in 0..partitions.count() {
            if self.partitions_posted.get(index) {
                continue;
            }
            let mut partition = present(&partitions, index)?;
            // Nothing left to lose: a miner that is long gone costs little.
            if partition.recovering_power.is_zero()
                && partition.faulty_power == partition.live_power
            {
                continue;
            }
            missed_any = true;
            let missed = partition.record_missed_post(scope, fault_expiration)?;
            if !missed.new_faulty_power.is_zero() {
                with_new_faults.push(index);
            }
            self.faulty_power += &missed.new_faulty_power;
            power_delta += &missed.power_delta;
            partitions.set(index, partition)?;
        }
        if missed_any {
            self.partitions = partitions.flush()?;
        }
        self.add_expiring_partitions(scope, fault_expiration, with_new_faults)?;
        self.take_snapshots(scope.store, sectors_root)?;
        Ok(power_delta)
    }

    fn take_snapshots(&mut self, store: Store<'_>, sectors_root: Cid) -> Result<(), ActorError> {
        let no_proofs = empty_array(store, PROOFS_BIT_WIDTH)?;
        self.partitions_posted = BitField::new();
        self.partitions_snapshot = self.partitions;
        self.optimistic_post_submissions_snapshot =
            std::mem::replace(&mut self.optimistic_post_submissions, no_proofs);
        // Sectors are needed only if there is a proof to dispute.
        let disputable = self.optimistic_post_submissions_snapshot != no_proofs;
        self.sectors_snapshot = match disputable {
            true => sectors_root,
            false => empty_array(store, SECTORS_BIT_WIDTH)?,
        };
        Ok(())
    }

    /// Is there anything to do at its end? Without sectors there may still be snapshots to
    /// refresh one last time.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live_sectors > 0
            || !self.partitions_posted.is_empty()
            || self.partitions != self.partitions_snapshot
            || self.optimistic_post_submissions != self.optimistic_post_submissions_snapshot
    }

    /// Notes that these partitions may have sectors that end at an epoch.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn add_expiring_partitions(
        &mut self,
        scope: Scope<'_>,
        epoch: ChainEpoch,
        partitions: Vec<u64>,
    ) -> Result<(), ActorError> {
        if partitions.is_empty() {
            return Ok(());
        }
        let mut queue = self.expirations(scope.store, scope.quant)?;
        queue.add(epoch, &bits(partitions)?)?;
        self.expirations_epochs = queue.flush()?;
        Ok(())
    }

    /// What must hold before a deadline is written.
    ///
    /// # Errors
    /// 20 with what doesn't hold.
    pub fn check(&self) -> Result<(), ActorError> {
        if self.live_sectors > self.total_sectors {
            return Err(ActorError::illegal_state(
                "a deadline with more live sectors than sectors",
            ));
        }
        if self.faulty_power.is_negative() {
            return Err(ActorError::illegal_state(
                "a deadline with negative faulty power",
            ));
        }
        Ok(())
    }
}

fn empty_array(store: Store<'_>, bit_width: u32) -> Result<Cid, ActorError> {
    Array::<()>::empty(store, bit_width, "an empty array").flush()
}

/// A partition that a message names.
fn existing(partitions: &Array<'_, Partition>, index: u64) -> Result<Partition, ActorError> {
    partitions
        .get(index)?
        .cloned()
        .ok_or_else(|| ActorError::not_found(format!("no partition {index}")))
}

/// A partition that our own state names.
fn present(partitions: &Array<'_, Partition>, index: u64) -> Result<Partition, ActorError> {
    partitions
        .get(index)?
        .cloned()
        .ok_or_else(|| ActorError::illegal_state(format!("no partition {index}")))
}

/// A count that would fall below zero is exit 24, the code of an overflow.
fn subtract(count: &mut u64, less: u64) -> Result<(), ActorError> {
    *count = count.checked_sub(less).or_exit(
        ExitCode::USR_ASSERTION_FAILED,
        "a count of sectors below zero",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
