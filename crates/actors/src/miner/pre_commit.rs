//! Declaring sectors before they are proven.
//!
//! A pre-commitment fixes CommR and CommD, and the ticket that the replica was made with; the
//! challenge is drawn some time later. A deposit makes it costly to try again and again. It comes
//! back with the proof, and is burnt if none comes in time.

use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{RegisteredSealProof, SectorNumber, SectorSize};

use super::activation::deals_of;
use super::calls::{burn, enroll_cron_event, estimates, verify_deals};
use super::commd::{is_sealed_sector, is_unsealed_sector};
use super::cron::PROVING_DEADLINE;
use super::events::sector_precommitted;
use super::info::MinerInfo;
use super::power::qa_power_max;
use super::sector::{SectorPreCommitInfo, SectorPreCommitOnChainInfo};
use super::state::{Collisions, State, check_balance_now};
use super::types::PreCommitSectorBatch2Params;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::policy::{Policy, SECTOR_NUMBER_MAX};
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// A sector may have this many deals, however small it is.
const SECTOR_DEALS_MIN: u64 = 256;

/// 28: pre-commits sectors. Controllers.
pub(super) fn pre_commit_sector_batch2(
    rt: &dyn Runtime,
    params: PreCommitSectorBatch2Params,
) -> Result<(), ActorError> {
    let sectors = params.sectors;
    let numbers = check_declarations(rt, &sectors)?;
    let estimates = estimates(rt)?;
    let unsealed_cids = verify_deals(rt, sectors.iter().map(deals_of).collect())?;

    let (to_burn, was_idle) = transaction(rt, |state: &mut State| {
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let balance = rt.balance()?;
        // Debt is taken off here already, so it must not have been paid yet.
        let available = state.available_balance(&balance)?;
        let to_burn = state.repay_all(&balance)?;
        let info = state.load_info(store)?;
        callers::one_of_addresses(rt, info.controllers())?;
        if info.consensus_fault_active(now) {
            return Err(ActorError::forbidden(
                "no pre-commitments after a consensus fault",
            ));
        }

        let deposit = estimates.pre_commit_deposit(&qa_power_max(info.sector_size))?;
        let mut total = TokenAmount::default();
        let mut records = Vec::with_capacity(sectors.len());
        let mut clean_ups = Vec::with_capacity(sectors.len());
        for (sector, unsealed_cid) in sectors.into_iter().zip(unsealed_cids) {
            check_against_miner(policy, &info, &sector)?;
            // The market knows CommD of a sector with deals.
            if unsealed_cid.is_some_and(|computed| {
                sector.unsealed_cid.cid(sector.seal_proof).ok() != Some(computed)
            }) {
                return Err(ActorError::illegal_argument(
                    "CommD is not that of the deals",
                ));
            }
            let due = now + prove_commit_max(policy, sector.seal_proof)?;
            clean_ups.push((due + policy.pre_commit_clean_up_delay, sector.sector_number));
            total += &deposit;
            records.push(SectorPreCommitOnChainInfo {
                info: sector,
                pre_commit_deposit: deposit.clone(),
                pre_commit_epoch: now,
            });
        }
        if available < total {
            return Err(ActorError::insufficient_funds(format!(
                "{total} must be deposited"
            )));
        }
        state.add_pre_commit_deposit(&total)?;
        state.allocate_sector_numbers(store, &numbers, Collisions::Deny)?;
        state.put_pre_commits(store, records)?;
        state.add_clean_ups(policy, store, clean_ups)?;
        for number in numbers.iter() {
            sector_precommitted(rt, number)?;
        }
        let was_idle = !std::mem::replace(&mut state.deadline_cron_active, true);
        Ok((to_burn, was_idle))
    })?;
    burn(rt, to_burn)?;
    let state = check_balance_now(rt)?;
    if was_idle {
        wake_cron(rt, &state)?;
    }
    Ok(())
}

/// Asks for cron at the end of the deadline that is open now.
pub(super) fn wake_cron(rt: &dyn Runtime, state: &State) -> Result<(), ActorError> {
    let deadline = state.current_deadline_info(rt.policy(), rt.network().epoch);
    enroll_cron_event(rt, deadline.last(), PROVING_DEADLINE)
}

/// What can be checked without the state: 16 if anything is wrong. Returns the numbers.
fn check_declarations(
    rt: &dyn Runtime,
    sectors: &[SectorPreCommitInfo],
) -> Result<BitField, ActorError> {
    if sectors.is_empty() {
        return Err(ActorError::illegal_argument("no sectors"));
    }
    let (policy, now) = (rt.policy(), rt.network().epoch);
    let ticket_min = now - policy.pre_commit_randomness_lookback_max;
    let mut numbers = BitField::new();
    for sector in sectors {
        let number = sector.sector_number;
        let wrong = |words: &str| {
            Err(ActorError::illegal_argument(format!(
                "sector {number}: {words}"
            )))
        };
        if numbers.get(number) {
            return wrong("named twice");
        }
        // The highest number of all doesn't fit in a bit field: exit 24.
        numbers
            .try_set(number)
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "a sector number")?;
        if !policy.pre_commit_proofs.contains(&sector.seal_proof) {
            return wrong("a seal that isn't for this network");
        }
        if number > SECTOR_NUMBER_MAX {
            return wrong("the number is too high");
        }
        if !is_sealed_sector(&sector.sealed_cid) {
            return wrong("CommR doesn't look like one");
        }
        if sector.seal_rand_epoch >= now {
            return wrong("a ticket of the future");
        }
        if sector.seal_rand_epoch < ticket_min {
            return wrong("the ticket is too old");
        }
        if sector
            .unsealed_cid
            .0
            .is_some_and(|cid| !is_unsealed_sector(&cid))
        {
            return wrong("CommD doesn't look like one");
        }
        // Its life must be long enough even if it is proven as late as can be.
        let activation_max = now + prove_commit_max(policy, sector.seal_proof).unwrap_or(0);
        check_expiration(
            policy,
            now,
            activation_max,
            sector.expiration,
            sector.seal_proof,
        )?;
    }
    Ok(numbers)
}

/// What must fit the miner: 16 if it doesn't.
fn check_against_miner(
    policy: &Policy,
    info: &MinerInfo,
    sector: &SectorPreCommitInfo,
) -> Result<(), ActorError> {
    let proof = sector
        .seal_proof
        .registered_window_post_proof()
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the window proof of a seal")?;
    if proof != info.window_post_proof_type {
        return Err(ActorError::illegal_argument(
            "a seal of another kind than the miner's",
        ));
    }
    if sector.deal_ids.len() as u64 > sector_deals_max(policy, info.sector_size) {
        return Err(ActorError::illegal_argument("too many deals in a sector"));
    }
    Ok(())
}

fn sector_deals_max(policy: &Policy, size: SectorSize) -> u64 {
    (size as u64 / policy.deal_limit_bytes).max(SECTOR_DEALS_MIN)
}

/// How long after pre-commitment a sector may be proven.
///
/// # Errors
/// 16 if the seal isn't one that is pre-committed.
pub(super) fn prove_commit_max(
    policy: &Policy,
    proof: RegisteredSealProof,
) -> Result<ChainEpoch, ActorError> {
    let after_challenge = match SealGeneration::of(proof) {
        Some(SealGeneration::V1) => policy.prove_commit_v1_max,
        Some(SealGeneration::V1P1) => policy.prove_commit_max,
        Some(SealGeneration::NonInteractive) | None => {
            return Err(ActorError::illegal_argument(format!(
                "{proof:?} isn't pre-committed"
            )));
        }
    };
    Ok(after_challenge + policy.pre_commit_challenge_delay)
}

/// 16 if a sector may not live from `activation` to `expiration`.
pub(super) fn check_expiration(
    policy: &Policy,
    now: ChainEpoch,
    activation: ChainEpoch,
    expiration: ChainEpoch,
    proof: RegisteredSealProof,
) -> Result<(), ActorError> {
    let wrong = |words: &str| {
        Err(ActorError::illegal_argument(format!(
            "ends at {expiration}: {words}"
        )))
    };
    if expiration <= activation {
        return wrong("before it begins");
    }
    let lifetime = expiration
        .checked_sub(activation)
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "the life of a sector")?;
    if lifetime < policy.sector_lifetime_min {
        return wrong("too soon");
    }
    if expiration > now + policy.sector_expiration_ahead_max {
        return wrong("too far ahead");
    }
    let lifetime_max = match SealGeneration::of(proof) {
        Some(SealGeneration::V1) => policy.sector_lifetime_v1_max,
        Some(SealGeneration::V1P1 | SealGeneration::NonInteractive) => policy.sector_lifetime_max,
        None => return wrong("of an unknown seal"),
    };
    if lifetime > lifetime_max {
        return wrong("too long a life");
    }
    Ok(())
}

/// Kinds of seals that have their own times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SealGeneration {
    /// The first, which are no longer made.
    V1,
    /// Interactive ones, synthetic or not.
    V1P1,
    /// Those of FIP-0092.
    NonInteractive,
}

impl SealGeneration {
    fn of(proof: RegisteredSealProof) -> Option<Self> {
        // Five sizes of each kind, in the order of the network's numbers.
        match i64::from(proof) {
            0..=4 => Some(Self::V1),
            5..=14 => Some(Self::V1P1),
            15..=19 => Some(Self::NonInteractive),
            _ => None,
        }
    }
}

impl State {
    /// Notes pre-committed sectors.
    ///
    /// # Errors
    /// 20 if one is pre-committed already.
    fn put_pre_commits(
        &mut self,
        store: Store<'_>,
        records: Vec<SectorPreCommitOnChainInfo>,
    ) -> Result<(), ActorError> {
        let mut pre_commits = self.load_pre_commits(store)?;
        for record in records {
            let number = record.info.sector_number;
            if !pre_commits.set_if_absent(&number, record)? {
                return Err(ActorError::illegal_state(format!(
                    "{number} is pre-committed"
                )));
            }
        }
        self.pre_committed_sectors = pre_commits.flush()?;
        Ok(())
    }

    fn add_clean_ups(
        &mut self,
        policy: &Policy,
        store: Store<'_>,
        clean_ups: Vec<(ChainEpoch, SectorNumber)>,
    ) -> Result<(), ActorError> {
        let mut queue = self.load_clean_up(policy, store)?;
        queue.add_each(clean_ups)?;
        self.pre_committed_sectors_cleanup = queue.flush()?;
        Ok(())
    }

    /// Forgets pre-committed sectors that were not proven in time, long enough ago. Returns their
    /// deposits, which become debt.
    ///
    /// # Errors
    /// 20 if the queue is in disorder.
    pub(super) fn clean_up_pre_commits(
        &mut self,
        policy: &Policy,
        store: Store<'_>,
        now: ChainEpoch,
    ) -> Result<TokenAmount, ActorError> {
        let mut queue = self.load_clean_up(policy, store)?;
        let Some(due) = queue.pop_until(now)? else {
            return Ok(TokenAmount::default());
        };
        self.pre_committed_sectors_cleanup = queue.flush()?;

        let pre_commits = self.load_pre_commits(store)?;
        let mut deposits = TokenAmount::default();
        let mut unproven = Vec::new();
        for number in due.iter() {
            // Those that were proven stay in the queue: they are passed over here.
            if let Some(pre_commit) = pre_commits.get(&number)? {
                deposits += &pre_commit.pre_commit_deposit;
                unproven.push(number);
            }
        }
        if !unproven.is_empty() {
            self.delete_pre_commits(store, &unproven)?;
        }
        self.add_pre_commit_deposit(&-&deposits)?;
        Ok(deposits)
    }
}
