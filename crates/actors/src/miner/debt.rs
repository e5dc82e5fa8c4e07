//! What a miner owes, and how it is paid.
//!
//! Every penalty and fee first becomes debt. Debt is paid from what vests, then from what would
//! vest later, then from what is unlocked, and burnt; what can't be paid stays. Some messages are
//! not for debtors: they pay all of it from what is unlocked, or fail.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use num_traits::Zero;

use super::calls::{burn, notify_pledge_changed};
use super::state::State;
use super::vesting::REWARD_VESTING;
use crate::callers;
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// What paying debt came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaid {
    /// What must be burnt.
    pub to_burn: TokenAmount,
    /// By how much less is locked.
    pub unlocked: TokenAmount,
}

impl State {
    /// Locks funds that vest from now on. Returns what has vested of others meanwhile.
    ///
    /// # Errors
    /// 20 if the amount is negative or the table can't be read.
    pub fn lock_funds(
        &mut self,
        store: Store<'_>,
        now: ChainEpoch,
        amount: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        if amount.is_negative() {
            return Err(ActorError::illegal_state(
                "a negative amount can't be locked",
            ));
        }
        let start = self.proving_period_start;
        let vested = self
            .vesting_funds
            .add(store, &REWARD_VESTING, now, start, amount)?;
        self.add_locked_funds(&-&vested)?;
        self.add_locked_funds(amount)?;
        Ok(vested)
    }

    /// Unlocks what has vested. Returns how much.
    ///
    /// # Errors
    /// 20 if the table can't be read.
    pub fn unlock_vested_funds(
        &mut self,
        store: Store<'_>,
        now: ChainEpoch,
    ) -> Result<TokenAmount, ActorError> {
        if self.locked_funds.is_zero() {
            return Ok(TokenAmount::zero());
        }
        let vested = self.vesting_funds.unlock_vested(store, now)?;
        self.add_locked_funds(&-&vested)?;
        Ok(vested)
    }

    /// Makes a penalty or fee a debt.
    ///
    /// # Errors
    /// 20 if it is negative.
    pub fn apply_penalty(&mut self, penalty: &TokenAmount) -> Result<(), ActorError> {
        if penalty.is_negative() {
            return Err(ActorError::illegal_state(format!("a penalty of {penalty}")));
        }
        self.fee_debt += penalty;
        Ok(())
    }

    /// Pays as much debt as can be: from what has vested, from what would vest later, from what
    /// is unlocked.
    ///
    /// # Errors
    /// 20 if more is bound than there is.
    pub fn repay_what_it_can(
        &mut self,
        store: Store<'_>,
        now: ChainEpoch,
        balance: &TokenAmount,
    ) -> Result<Repaid, ActorError> {
        let mut unlocked = TokenAmount::zero();
        if !self.fee_debt.is_zero() && !self.locked_funds.is_zero() {
            let debt = self.fee_debt.clone();
            let from_table = self.vesting_funds.unlock_up_to(store, now, &debt)?;
            unlocked = from_table.vested + from_table.unvested;
            self.add_locked_funds(&-&unlocked)?;
        }
        let to_burn = self.unlocked_balance(balance)?.min(self.fee_debt.clone());
        self.fee_debt -= &to_burn;
        Ok(Repaid { to_burn, unlocked })
    }

    /// Pays all debt from what is unlocked. Returns what must be burnt. What has vested since the
    /// last cron is not looked for.
    ///
    /// # Errors
    /// 19 if that isn't enough; 20 if more is bound than there is.
    pub fn repay_all(&mut self, balance: &TokenAmount) -> Result<TokenAmount, ActorError> {
        if self.unlocked_balance(balance)? < self.fee_debt {
            return Err(ActorError::insufficient_funds(format!(
                "{} is owed",
                self.fee_debt
            )));
        }
        Ok(std::mem::take(&mut self.fee_debt))
    }
}

/// 22: pays as much debt as can be. Controllers.
pub(super) fn repay_debt(rt: &dyn Runtime) -> Result<(), ActorError> {
    let (repaid, state) = transaction(rt, |state: &mut State| {
        let info = state.load_info(Store::of(rt))?;
        callers::one_of_addresses(rt, info.controllers())?;
        let balance = rt.balance()?;
        let repaid = state.repay_what_it_can(Store::of(rt), rt.network().epoch, &balance)?;
        Ok((repaid, state.clone()))
    })?;
    notify_pledge_changed(rt, &-repaid.unlocked)?;
    burn(rt, repaid.to_burn)?;
    state.check_balance(&rt.balance()?)
}
