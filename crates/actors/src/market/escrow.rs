//! The money of the market: what each party has in escrow, and what of it is promised to deals.
//!
//! Invariants, which [`Escrow::check`] verifies:
//! - the actor's balance covers all that is in escrow;
//! - nobody has less in escrow than is locked;
//! - all that is locked is the sum of the three totals, and none of these is negative.

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use num_traits::Zero;

use crate::adt::Map;
use crate::error::ActorError;
use crate::market::state::State;
use crate::state::Store;

/// Bits a level of both tables.
const BIT_WIDTH: u32 = 6;

type Table<'s> = Map<'s, Address, TokenAmount>;

/// What a locked amount is for. Each purpose has a total in the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    ClientCollateral,
    ProviderCollateral,
    StorageFee,
}

/// Both tables and the totals, opened from the state.
pub(super) struct Escrow<'s> {
    held: Table<'s>,
    locked: Table<'s>,
    client_collateral: TokenAmount,
    provider_collateral: TokenAmount,
    storage_fee: TokenAmount,
}

/// The root of a table in which nobody has anything.
pub(super) fn empty_table(store: Store<'_>) -> Result<Cid, ActorError> {
    Table::empty_with_bit_width(store, BIT_WIDTH, "escrow").flush()
}

impl<'s> Escrow<'s> {
    pub(super) fn open(state: &State, store: Store<'s>) -> Result<Self, ActorError> {
        Ok(Self {
            held: Map::load_with_bit_width(store, &state.escrow_table, BIT_WIDTH, "escrow")?,
            locked: Map::load_with_bit_width(store, &state.locked_table, BIT_WIDTH, "locked")?,
            client_collateral: state.total_client_locked_collateral.clone(),
            provider_collateral: state.total_provider_locked_collateral.clone(),
            storage_fee: state.total_client_storage_fee.clone(),
        })
    }

    pub(super) fn save(mut self, state: &mut State) -> Result<(), ActorError> {
        state.escrow_table = self.held.flush()?;
        state.locked_table = self.locked.flush()?;
        state.total_client_locked_collateral = self.client_collateral;
        state.total_provider_locked_collateral = self.provider_collateral;
        state.total_client_storage_fee = self.storage_fee;
        Ok(())
    }

    /// All that somebody has in escrow, locked or not.
    pub(super) fn held(&self, party: &Address) -> Result<TokenAmount, ActorError> {
        amount(&self.held, party)
    }

    /// What of it is promised to deals.
    pub(super) fn locked(&self, party: &Address) -> Result<TokenAmount, ActorError> {
        amount(&self.locked, party)
    }

    /// Could somebody promise so much more?
    pub(super) fn covers(&self, party: &Address, more: &TokenAmount) -> Result<bool, ActorError> {
        Ok(self.locked(party)? + more <= self.held(party)?)
    }

    /// Money comes in.
    pub(super) fn deposit(
        &mut self,
        party: &Address,
        amount: &TokenAmount,
    ) -> Result<(), ActorError> {
        add(&mut self.held, party, amount)
    }

    /// Money goes out: what was asked for, or what is free if that is less. Answers how much.
    pub(super) fn withdraw(
        &mut self,
        party: &Address,
        wanted: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let free = (self.held(party)? - self.locked(party)?).max(TokenAmount::zero());
        let taken = free.min(wanted.clone());
        if taken.is_positive() {
            add(&mut self.held, party, &-&taken)?;
        }
        Ok(taken)
    }

    /// Promises money to a deal.
    ///
    /// # Errors
    /// 20 if it is negative, 19 if it isn't there.
    pub(super) fn lock(
        &mut self,
        party: &Address,
        amount: &TokenAmount,
        purposes: &[(Purpose, &TokenAmount)],
    ) -> Result<(), ActorError> {
        require_not_negative(amount)?;
        if !self.covers(party, amount)? {
            return Err(ActorError::insufficient_funds(format!(
                "{party} can't lock {amount}"
            )));
        }
        add(&mut self.locked, party, amount)?;
        for (purpose, part) in purposes {
            *self.total(*purpose) += *part;
        }
        Ok(())
    }

    /// Frees promised money for its owner.
    ///
    /// # Errors
    /// 20 if it is negative, 16 if it was not locked.
    pub(super) fn unlock(
        &mut self,
        party: &Address,
        amount: &TokenAmount,
        purpose: Purpose,
    ) -> Result<(), ActorError> {
        require_not_negative(amount)?;
        require_contains(&self.locked, party, amount)?;
        add(&mut self.locked, party, &-amount)?;
        *self.total(purpose) -= amount;
        Ok(())
    }

    /// The client's storage fee goes to the provider, who may take it out.
    ///
    /// # Errors
    /// As [`Escrow::unlock`].
    pub(super) fn pay(
        &mut self,
        client: &Address,
        provider: &Address,
        amount: &TokenAmount,
    ) -> Result<(), ActorError> {
        require_not_negative(amount)?;
        require_contains(&self.held, client, amount)?;
        self.unlock(client, amount, Purpose::StorageFee)?;
        add(&mut self.held, client, &-amount)?;
        add(&mut self.held, provider, amount)
    }

    /// The provider's collateral leaves escrow, to be burnt.
    ///
    /// # Errors
    /// As [`Escrow::unlock`].
    pub(super) fn slash(
        &mut self,
        provider: &Address,
        amount: &TokenAmount,
    ) -> Result<(), ActorError> {
        require_not_negative(amount)?;
        require_contains(&self.held, provider, amount)?;
        self.unlock(provider, amount, Purpose::ProviderCollateral)?;
        add(&mut self.held, provider, &-amount)
    }

    fn total(&mut self, purpose: Purpose) -> &mut TokenAmount {
        match purpose {
            Purpose::ClientCollateral => &mut self.client_collateral,
            Purpose::ProviderCollateral => &mut self.provider_collateral,
            Purpose::StorageFee => &mut self.storage_fee,
        }
    }

    /// Every invariant that does not hold, in words.
    pub(super) fn check(&self, balance: &TokenAmount) -> Result<Vec<String>, ActorError> {
        let mut broken = Vec::new();
        let mut held_sum = TokenAmount::zero();
        self.held.for_each(|party, held| {
            if held.is_negative() {
                broken.push(format!("{party} has {held} in escrow"));
            }
            held_sum += held;
            Ok(())
        })?;
        if held_sum > *balance {
            broken.push(format!("{held_sum} in escrow, but a balance of {balance}"));
        }
        let mut locked_sum = TokenAmount::zero();
        self.locked.for_each(|party, locked| {
            let held = self.held(&party)?;
            if locked.is_negative() || *locked > held {
                broken.push(format!("{party} has {locked} locked of {held}"));
            }
            locked_sum += locked;
            Ok(())
        })?;
        let totals = [
            &self.client_collateral,
            &self.provider_collateral,
            &self.storage_fee,
        ];
        if totals.iter().any(|total| total.is_negative()) {
            broken.push(format!("a total is negative: {totals:?}"));
        }
        if totals.into_iter().sum::<TokenAmount>() != locked_sum {
            broken.push(format!(
                "{locked_sum} locked, but the totals are {totals:?}"
            ));
        }
        Ok(broken)
    }
}

fn amount(table: &Table<'_>, party: &Address) -> Result<TokenAmount, ActorError> {
    Ok(table.get(party)?.cloned().unwrap_or_default())
}

/// Changes an entry. One that becomes zero is removed; but adding nothing to nothing leaves an
/// entry of zero, as in the official market.
fn add(table: &mut Table<'_>, party: &Address, change: &TokenAmount) -> Result<(), ActorError> {
    let old = amount(table, party)?;
    let new = &old + change;
    if new.is_negative() {
        return Err(ActorError::illegal_argument(format!(
            "{party} would have {new}"
        )));
    }
    if new.is_zero() && !old.is_zero() {
        table.delete(party)?;
    } else {
        table.set(party, new)?;
    }
    Ok(())
}

fn require_not_negative(amount: &TokenAmount) -> Result<(), ActorError> {
    if amount.is_negative() {
        return Err(ActorError::illegal_state(format!("{amount} is negative")));
    }
    Ok(())
}

fn require_contains(
    table: &Table<'_>,
    party: &Address,
    wanted: &TokenAmount,
) -> Result<(), ActorError> {
    let there = amount(table, party)?;
    if *wanted > there {
        return Err(ActorError::illegal_argument(format!(
            "{party} has {there}, not {wanted}"
        )));
    }
    Ok(())
}
