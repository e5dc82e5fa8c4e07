//! A miner's state: what hangs below its head, and the sums that must fit its balance.
//!
//! What holds of every state between messages (`check_state` verifies it):
//! - the balance covers `pre_commit_deposits + locked_funds + initial_pledge`, none of them
//!   negative ([`State::check_balance`]; a message that leaves it otherwise exits with 1000);
//! - `pre_commit_deposits` is the sum over the pre-committed sectors, each of which waits in the
//!   clean-up queue; `locked_funds` that of the vesting table; `initial_pledge` covers the live
//!   sectors and those whose early end is not yet paid for;
//! - numbers of sectors, proven or pre-committed, are allocated, and never given out twice;
//! - if anything is deposited or pledged, `deadline_cron_active`. Locked funds alone don't wake
//!   cron (those of a new miner, or of a miner without sectors), but they keep it awake.

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::CborStore;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::SectorNumber;
use num_traits::Zero;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::bitfield_queue::BitFieldQueue;
use super::deadline_info::DeadlineInfo;
use super::deadlines::Deadlines;
use super::info::MinerInfo;
use super::partition::Scope;
use super::quantize::Quantization;
use super::sector::{SectorOnChainInfo, SectorPreCommitOnChainInfo};
use super::sectors::{SECTORS_BIT_WIDTH, Sectors};
use super::vesting::VestingFunds;
use crate::adt::{Array, Map};
use crate::error::{ActorError, OrExit};
use crate::policy::{Policy, SECTOR_NUMBER_MAX};
use crate::runtime::Runtime;
use crate::state::Store;

const PRE_COMMIT_CLEAN_UP_BIT_WIDTH: u32 = 6;

/// The exit code of a miner whose balance doesn't cover what it owes.
pub const BALANCE_BROKEN: ExitCode = ExitCode::new(1000);

/// The pre-committed sectors, by number.
pub type PreCommits<'a> = Map<'a, SectorNumber, SectorPreCommitOnChainInfo>;

/// A miner's state.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Who it is: a [`MinerInfo`].
    pub info: Cid,
    /// What is deposited for pre-committed sectors.
    pub pre_commit_deposits: TokenAmount,
    /// What vests later.
    pub locked_funds: TokenAmount,
    /// When it does.
    pub vesting_funds: VestingFunds,
    /// What it owes and can't pay.
    pub fee_debt: TokenAmount,
    /// What is pledged for sectors.
    pub initial_pledge: TokenAmount,
    /// [`PreCommits`].
    pub pre_committed_sectors: Cid,
    /// When pre-committed sectors that were never proven are cleaned up: a [`BitFieldQueue`] by
    /// the ends of deadlines. Proven ones are not taken out.
    pub pre_committed_sectors_cleanup: Cid,
    /// Every number ever used: a bit field.
    pub allocated_sectors: Cid,
    /// [`Sectors`].
    pub sectors: Cid,
    /// The start of a proving period: the current one, if cron is active.
    pub proving_period_start: ChainEpoch,
    /// The deadline that is open, if cron is active.
    pub current_deadline: u64,
    /// [`Deadlines`].
    pub deadlines: Cid,
    /// The deadlines with unpaid early terminations.
    pub early_terminations: BitField,
    /// Does the power actor call at the end of each deadline?
    pub deadline_cron_active: bool,
}

/// What to do if numbers were allocated before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collisions {
    /// Carry on.
    Allow,
    /// Fail.
    Deny,
}

impl State {
    /// A miner without sectors.
    ///
    /// # Errors
    /// 20 if something can't be written.
    pub fn new(
        policy: &Policy,
        store: Store<'_>,
        info: &MinerInfo,
        proving_period_start: ChainEpoch,
        current_deadline: u64,
    ) -> Result<Self, ActorError> {
        let illegal_state = ExitCode::USR_ILLEGAL_STATE;
        let deadlines = Deadlines::new(policy, store)?;
        Ok(Self {
            info: store.write(info, illegal_state, "miner info")?,
            pre_commit_deposits: TokenAmount::zero(),
            locked_funds: TokenAmount::zero(),
            vesting_funds: VestingFunds::default(),
            fee_debt: TokenAmount::zero(),
            initial_pledge: TokenAmount::zero(),
            pre_committed_sectors: PreCommits::empty(store, "pre-commits").flush()?,
            pre_committed_sectors_cleanup: Array::<BitField>::empty(
                store,
                PRE_COMMIT_CLEAN_UP_BIT_WIDTH,
                "clean-up",
            )
            .flush()?,
            allocated_sectors: store.write(&BitField::new(), illegal_state, "allocated sectors")?,
            sectors: Array::<SectorOnChainInfo>::empty(store, SECTORS_BIT_WIDTH, "sectors")
                .flush()?,
            proving_period_start,
            current_deadline,
            deadlines: store.write(&deadlines, illegal_state, "deadlines")?,
            early_terminations: BitField::new(),
            deadline_cron_active: false,
        })
    }

    // --- what hangs below ------------------------------------------------------------------

    /// Who it is.
    ///
    /// # Errors
    /// 17 if the block is missing; 20 if it can't be read.
    pub fn load_info(&self, store: Store<'_>) -> Result<MinerInfo, ActorError> {
        store
            .get_cbor(&self.info)
            .or_illegal_state("miner info")?
            .ok_or_else(|| ActorError::not_found("no miner info"))
    }

    /// Writes who it is.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn save_info(&mut self, store: Store<'_>, info: &MinerInfo) -> Result<(), ActorError> {
        self.info = store.write(info, ExitCode::USR_ILLEGAL_STATE, "miner info")?;
        Ok(())
    }

    /// Its sectors.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn load_sectors<'a>(&self, store: Store<'a>) -> Result<Sectors<'a>, ActorError> {
        Sectors::load(store, &self.sectors)
    }

    /// Its deadlines.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn load_deadlines(&self, store: Store<'_>) -> Result<Deadlines, ActorError> {
        store.read(&self.deadlines, ExitCode::USR_ILLEGAL_STATE, "deadlines")
    }

    /// Writes its deadlines.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn save_deadlines(
        &mut self,
        store: Store<'_>,
        deadlines: &Deadlines,
    ) -> Result<(), ActorError> {
        self.deadlines = store.write(deadlines, ExitCode::USR_ILLEGAL_STATE, "deadlines")?;
        Ok(())
    }

    /// Its pre-committed sectors.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn load_pre_commits<'a>(&self, store: Store<'a>) -> Result<PreCommits<'a>, ActorError> {
        PreCommits::load(store, &self.pre_committed_sectors, "pre-commits")
    }

    /// Pre-committed sectors that must be there.
    ///
    /// # Errors
    /// 16 if a number is too high; 17 if one isn't pre-committed.
    pub fn get_pre_commits(
        &self,
        store: Store<'_>,
        numbers: impl IntoIterator<Item = SectorNumber>,
    ) -> Result<Vec<SectorPreCommitOnChainInfo>, ActorError> {
        let pre_commits = self.load_pre_commits(store)?;
        let get = |number| {
            if number > SECTOR_NUMBER_MAX {
                return Err(ActorError::illegal_argument(format!(
                    "sector number {number}"
                )));
            }
            let found = pre_commits.get(&number)?.cloned();
            found.ok_or_else(|| ActorError::not_found(format!("{number} isn't pre-committed")))
        };
        numbers.into_iter().map(get).collect()
    }

    /// Forgets pre-committed sectors.
    ///
    /// # Errors
    /// 20 if one isn't there.
    pub fn delete_pre_commits(
        &mut self,
        store: Store<'_>,
        numbers: &[SectorNumber],
    ) -> Result<(), ActorError> {
        let mut pre_commits = self.load_pre_commits(store)?;
        for number in numbers {
            if pre_commits.delete(number)?.is_none() {
                return Err(ActorError::illegal_state(format!(
                    "{number} isn't pre-committed"
                )));
            }
        }
        self.pre_committed_sectors = pre_commits.flush()?;
        Ok(())
    }

    /// When pre-committed sectors are cleaned up.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn load_clean_up<'a>(
        &self,
        policy: &Policy,
        store: Store<'a>,
    ) -> Result<BitFieldQueue<'a>, ActorError> {
        let quant = self.ends_of_deadlines(policy);
        BitFieldQueue::load(store, &self.pre_committed_sectors_cleanup, quant)
    }

    /// Marks numbers as used.
    ///
    /// # Errors
    /// 16 if one is used already and that is denied; 20 if the field can't be read; 21 if it has
    /// become too large: `CompactSectorNumbers` helps.
    pub fn allocate_sector_numbers(
        &mut self,
        store: Store<'_>,
        numbers: &BitField,
        collisions: Collisions,
    ) -> Result<(), ActorError> {
        let before: BitField = store.read(
            &self.allocated_sectors,
            ExitCode::USR_ILLEGAL_STATE,
            "allocated sectors",
        )?;
        if collisions == Collisions::Deny && before.contains_any(numbers) {
            return Err(ActorError::illegal_argument(
                "a sector number that was used before",
            ));
        }
        let after = &before | numbers;
        self.allocated_sectors =
            store.write(&after, ExitCode::USR_SERIALIZATION, "allocated sectors")?;
        Ok(())
    }

    // --- the calendar ----------------------------------------------------------------------

    /// The deadline that is open now, whether cron is active or not.
    #[must_use]
    pub fn current_deadline_info(&self, policy: &Policy, now: ChainEpoch) -> DeadlineInfo {
        DeadlineInfo::at(policy, self.proving_period_start, now)
    }

    /// The epochs at which sectors of a deadline end.
    #[must_use]
    pub fn ends_of_deadline(&self, policy: &Policy, index: u64) -> Quantization {
        DeadlineInfo::new(policy, self.proving_period_start, index, 0).quantization()
    }

    /// The epochs at which deadlines open.
    #[must_use]
    pub fn ends_of_deadlines(&self, policy: &Policy) -> Quantization {
        Quantization {
            unit: policy.challenge_window,
            offset: self.proving_period_start,
        }
    }

    /// What work on one deadline's sectors needs to know.
    #[must_use]
    pub fn scope<'a>(
        &self,
        policy: &Policy,
        store: Store<'a>,
        info: &MinerInfo,
        deadline: u64,
    ) -> Scope<'a> {
        let quant = self.ends_of_deadline(policy, deadline);
        Scope {
            store,
            sector_size: info.sector_size,
            quant,
        }
    }

    /// Has cron anything to do?
    #[must_use]
    pub fn needs_cron(&self) -> bool {
        !self.pre_commit_deposits.is_zero()
            || !self.initial_pledge.is_zero()
            || !self.locked_funds.is_zero()
    }

    // --- sums ------------------------------------------------------------------------------

    /// Changes what is deposited.
    ///
    /// # Errors
    /// 20 if it would become negative.
    pub fn add_pre_commit_deposit(&mut self, amount: &TokenAmount) -> Result<(), ActorError> {
        self.pre_commit_deposits =
            not_negative(&self.pre_commit_deposits + amount, "pre-commit deposits")?;
        Ok(())
    }

    /// Changes what is pledged.
    ///
    /// # Errors
    /// 20 if it would become negative.
    pub fn add_initial_pledge(&mut self, amount: &TokenAmount) -> Result<(), ActorError> {
        self.initial_pledge = not_negative(&self.initial_pledge + amount, "the initial pledge")?;
        Ok(())
    }

    /// Changes what vests later.
    ///
    /// # Errors
    /// 20 if it would become negative.
    pub(super) fn add_locked_funds(&mut self, amount: &TokenAmount) -> Result<(), ActorError> {
        self.locked_funds = not_negative(&self.locked_funds + amount, "locked funds")?;
        Ok(())
    }

    /// What of a balance is not bound. It may be owed.
    ///
    /// # Errors
    /// 20 if more is bound than there is.
    pub fn unlocked_balance(&self, balance: &TokenAmount) -> Result<TokenAmount, ActorError> {
        let unlocked =
            balance - &self.locked_funds - &self.pre_commit_deposits - &self.initial_pledge;
        not_negative(unlocked, "the unlocked balance")
    }

    /// What of a balance is neither bound nor owed. Negative if more is owed than is unlocked.
    ///
    /// # Errors
    /// 20 if more is bound than there is.
    pub fn available_balance(&self, balance: &TokenAmount) -> Result<TokenAmount, ActorError> {
        Ok(self.unlocked_balance(balance)? - &self.fee_debt)
    }

    /// Does a balance cover what is bound?
    ///
    /// # Errors
    /// [`BALANCE_BROKEN`] if it doesn't, or if a sum is negative.
    pub fn check_balance(&self, balance: &TokenAmount) -> Result<(), ActorError> {
        let sums = [
            &self.pre_commit_deposits,
            &self.locked_funds,
            &self.initial_pledge,
        ];
        if sums.iter().any(|sum| sum.is_negative()) || self.fee_debt.is_negative() {
            return Err(ActorError::new(BALANCE_BROKEN, "a negative sum"));
        }
        if sums.into_iter().sum::<TokenAmount>() > *balance {
            return Err(ActorError::new(
                BALANCE_BROKEN,
                format!("{balance} is not enough"),
            ));
        }
        Ok(())
    }
}

/// Reads the state again, after what was sent, and checks it against the balance.
pub(super) fn check_balance_now(rt: &dyn Runtime) -> Result<State, ActorError> {
    let state: State = crate::state::load(rt)?;
    state.check_balance(&rt.balance()?)?;
    Ok(state)
}

fn not_negative(sum: TokenAmount, what: &str) -> Result<TokenAmount, ActorError> {
    if sum.is_negative() {
        return Err(ActorError::illegal_state(format!(
            "{what} below zero: {sum}"
        )));
    }
    Ok(sum)
}
