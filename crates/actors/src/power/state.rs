//! Totals, and the queue of events.

use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::bigint::{BigInt, bigint_ser};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::StoragePower;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::{Claims, consensus_power_min};
use crate::adt::Multimap;
use crate::error::ActorError;
use crate::math::FilterEstimate;
use crate::policy::Policy;
use crate::state::Store;

/// What the smoothed power starts from: 750,000 GiB.
const INITIAL_POWER: u64 = 750_000 << 30;
/// What it starts to grow an epoch: 120 sectors of 32 GiB.
const INITIAL_POWER_GROWTH: u64 = 3_840 << 30;
/// Bits a level of the event queue's HAMT, and of the AMTs in it.
const QUEUE_BIT_WIDTH: u32 = 6;

/// The state of the power actor.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Bytes of miners that have the minimum.
    #[serde(with = "bigint_ser")]
    pub total_raw_byte_power: StoragePower,
    /// Bytes of all miners.
    #[serde(with = "bigint_ser")]
    pub total_bytes_committed: StoragePower,
    /// Weighted bytes of miners that have the minimum.
    #[serde(with = "bigint_ser")]
    pub total_quality_adj_power: StoragePower,
    /// Weighted bytes of all miners.
    #[serde(with = "bigint_ser")]
    pub total_qa_bytes_committed: StoragePower,
    /// Pledge of all miners.
    pub total_pledge_collateral: TokenAmount,
    /// Bytes at the end of the last epoch.
    #[serde(with = "bigint_ser")]
    pub this_epoch_raw_byte_power: StoragePower,
    /// Weighted bytes at the end of the last epoch.
    #[serde(with = "bigint_ser")]
    pub this_epoch_quality_adj_power: StoragePower,
    /// Pledge at the end of the last epoch.
    pub this_epoch_pledge_collateral: TokenAmount,
    /// Weighted bytes, smoothed.
    pub this_epoch_qa_power_smoothed: FilterEstimate,
    /// Miners.
    pub miner_count: i64,
    /// Miners that have the minimum.
    pub miner_above_min_power_count: i64,
    /// When the pledge of FIP-0081 begins to count.
    pub ramp_start_epoch: i64,
    /// How long it takes to count in full.
    pub ramp_duration_epochs: u64,
    /// From epochs to events.
    pub cron_event_queue: Cid,
    /// No event is for an earlier epoch.
    pub first_cron_epoch: ChainEpoch,
    /// From miners to claims.
    pub claims: Cid,
    /// No longer used (FIP-0084).
    pub proof_validation_batch: Option<Cid>,
}

/// A call that a miner asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct CronEvent {
    /// The miner.
    pub miner_addr: Address,
    /// With what it wants to be called.
    pub callback_payload: RawBytes,
}

/// From epochs to events.
pub(super) type Queue<'a> = Multimap<'a, ChainEpoch, CronEvent>;

impl State {
    /// No miners, no events.
    ///
    /// # Errors
    /// 20 if the empty collections can't be written.
    pub fn new(store: Store<'_>) -> Result<Self, ActorError> {
        let (none, no_fil) = (StoragePower::default(), TokenAmount::default());
        Ok(Self {
            total_raw_byte_power: none.clone(),
            total_bytes_committed: none.clone(),
            total_quality_adj_power: none.clone(),
            total_qa_bytes_committed: none.clone(),
            total_pledge_collateral: no_fil.clone(),
            this_epoch_raw_byte_power: none.clone(),
            this_epoch_quality_adj_power: none,
            this_epoch_pledge_collateral: no_fil,
            this_epoch_qa_power_smoothed: FilterEstimate::new(
                BigInt::from(INITIAL_POWER),
                BigInt::from(INITIAL_POWER_GROWTH),
            ),
            miner_count: 0,
            miner_above_min_power_count: 0,
            ramp_start_epoch: 0,
            ramp_duration_epochs: 0,
            cron_event_queue: Queue::empty(store, QUEUE_BIT_WIDTH, QUEUE_BIT_WIDTH, "events")
                .flush()?,
            first_cron_epoch: 0,
            claims: Claims::empty(store, "claims").flush()?,
            proof_validation_batch: None,
        })
    }

    pub(super) fn queue<'a>(&self, store: Store<'a>) -> Result<Queue<'a>, ActorError> {
        let root = &self.cron_event_queue;
        Multimap::load(store, root, QUEUE_BIT_WIDTH, QUEUE_BIT_WIDTH, "events")
    }

    /// Queues an event.
    pub(super) fn enroll(
        &mut self,
        store: Store<'_>,
        epoch: ChainEpoch,
        event: CronEvent,
    ) -> Result<(), ActorError> {
        self.first_cron_epoch = self.first_cron_epoch.min(epoch);
        let mut queue = self.queue(store)?;
        queue.push(&epoch, event)?;
        self.cron_event_queue = queue.flush()?;
        Ok(())
    }

    /// Takes all events up to an epoch from the queue, and returns those of miners with a claim.
    pub(super) fn take_due(
        &mut self,
        store: Store<'_>,
        now: ChainEpoch,
    ) -> Result<Vec<CronEvent>, ActorError> {
        let mut queue = self.queue(store)?;
        let claims = self.claims(store)?;
        let mut due = Vec::new();
        for epoch in self.first_cron_epoch..=now {
            let events = queue.values(&epoch)?;
            if events.is_empty() {
                continue;
            }
            for event in events {
                if claims.contains(&event.miner_addr)? {
                    due.push(event);
                }
            }
            queue.remove_all(&epoch)?;
        }
        // Epochs stay far below the largest number.
        self.first_cron_epoch = now.saturating_add(1);
        self.cron_event_queue = queue.flush()?;
        Ok(due)
    }

    /// Will this miner be woken in this epoch?
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn wakes(
        &self,
        store: Store<'_>,
        miner: &Address,
        epoch: ChainEpoch,
    ) -> Result<bool, ActorError> {
        let events = self.queue(store)?.values(&epoch)?;
        Ok(events.iter().any(|event| event.miner_addr == *miner))
    }

    /// What of the totals is not the sum of the claims.
    ///
    /// # Errors
    /// 20 if the claims can't be read.
    pub fn check(&self, policy: &Policy, store: Store<'_>) -> Result<Vec<String>, ActorError> {
        let (mut miners, mut above_min) = (0, 0);
        let (mut committed, mut qa_committed) = (StoragePower::default(), StoragePower::default());
        let (mut raw, mut quality_adjusted) = (StoragePower::default(), StoragePower::default());
        self.claims(store)?.for_each(|_, claim| {
            miners += 1;
            committed += &claim.raw_byte_power;
            qa_committed += &claim.quality_adj_power;
            let min = consensus_power_min(policy, claim.window_post_proof_type)?;
            if claim.raw_byte_power >= min {
                above_min += 1;
                raw += &claim.raw_byte_power;
                quality_adjusted += &claim.quality_adj_power;
            }
            Ok(())
        })?;
        let facts = [
            ("miners", self.miner_count == miners),
            (
                "miners above the minimum",
                self.miner_above_min_power_count == above_min,
            ),
            ("bytes committed", self.total_bytes_committed == committed),
            (
                "weighted bytes committed",
                self.total_qa_bytes_committed == qa_committed,
            ),
            ("power", self.total_raw_byte_power == raw),
            (
                "weighted power",
                self.total_quality_adj_power == quality_adjusted,
            ),
        ];
        let wrong = facts.into_iter().filter(|(_, holds)| !holds);
        Ok(wrong
            .map(|(what, _)| format!("the total of {what} is not the sum of the claims"))
            .collect())
    }

    /// Freezes what [`super::CURRENT_TOTAL_POWER`] says during the next epoch.
    pub(super) fn freeze(&mut self) -> Result<(), ActorError> {
        let (raw, quality_adjusted) = self.current_total_power();
        let (raw, quality_adjusted) = (raw.clone(), quality_adjusted.clone());
        self.this_epoch_pledge_collateral = self.total_pledge_collateral.clone();
        // One epoch: cron runs in each.
        self.this_epoch_qa_power_smoothed = self
            .this_epoch_qa_power_smoothed
            .next(&quality_adjusted, 1)?;
        self.this_epoch_quality_adj_power = quality_adjusted;
        self.this_epoch_raw_byte_power = raw;
        Ok(())
    }
}
