//! The ledger of an FRC-46 token: who holds how many, and who may spend for whom.
//!
//! Invariants, which [`Token::check`] verifies:
//! - the supply is the sum of all balances, and none of them is negative;
//! - balances are whole multiples of the granularity;
//! - nothing empty is stored: no balance of zero, no allowance of zero, no map without an
//!   allowance.

use cid::Cid;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::ActorID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use num_traits::Zero;

use crate::adt::Map;
use crate::error::{ActorError, OrExit};
use crate::state::Store;

/// The width of a new token's maps. It is stored with the token.
const BIT_WIDTH: u32 = 3;

/// The ledger, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Token {
    /// All that exists.
    pub supply: TokenAmount,
    /// `HAMT[ActorID]TokenAmount`.
    pub balances: Cid,
    /// `HAMT[owner ActorID]HAMT[operator ActorID]TokenAmount`.
    pub allowances: Cid,
    /// The width of all these maps.
    pub bit_width: u32,
}

type Balances<'s> = Map<'s, ActorID, TokenAmount>;
type Allowances<'s> = Map<'s, ActorID, Cid>;

/// An allowance: whose tokens, and who may spend them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Whose tokens.
    pub owner: ActorID,
    /// Who may spend them.
    pub operator: ActorID,
}

impl Token {
    /// A token of which nobody holds any.
    pub fn new(store: Store<'_>) -> Result<Self, ActorError> {
        let empty = Balances::empty_with_bit_width(store, BIT_WIDTH, "balances").flush()?;
        Ok(Self {
            supply: TokenAmount::zero(),
            balances: empty,
            allowances: empty,
            bit_width: BIT_WIDTH,
        })
    }

    // --- balances --------------------------------------------------------------------------

    /// What somebody holds.
    pub fn balance(&self, store: Store<'_>, owner: ActorID) -> Result<TokenAmount, ActorError> {
        let balances = self.balances(store)?;
        Ok(balances.get(&owner)?.cloned().unwrap_or_default())
    }

    /// Makes new tokens, and answers the new balance.
    pub fn mint(
        &mut self,
        store: Store<'_>,
        owner: ActorID,
        amount: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let balance = self.change_balance(store, owner, amount)?;
        self.supply += amount;
        Ok(balance)
    }

    /// Ends tokens, and answers the new balance.
    pub fn burn(
        &mut self,
        store: Store<'_>,
        owner: ActorID,
        amount: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let balance = self.change_balance(store, owner, &-amount)?;
        self.supply -= amount;
        if self.supply.is_negative() {
            return Err(ActorError::illegal_state("more burnt than there is"));
        }
        Ok(balance)
    }

    /// Moves tokens. Moving them to oneself needs the balance all the same.
    pub fn transfer(
        &mut self,
        store: Store<'_>,
        from: ActorID,
        to: ActorID,
        amount: &TokenAmount,
    ) -> Result<(), ActorError> {
        if from == to {
            let balance = self.balance(store, from)?;
            return if &balance < amount {
                Err(insufficient_balance(from, &balance, amount))
            } else {
                Ok(())
            };
        }
        self.change_balance(store, from, &-amount)?;
        self.change_balance(store, to, amount)?;
        Ok(())
    }

    fn change_balance(
        &mut self,
        store: Store<'_>,
        owner: ActorID,
        change: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        if change.is_zero() {
            return self.balance(store, owner);
        }
        let mut balances = self.balances(store)?;
        let old = balances.get(&owner)?.cloned().unwrap_or_default();
        let new = &old + change;
        if new.is_negative() {
            return Err(insufficient_balance(owner, &old, &-change));
        }
        if new.is_zero() {
            balances.delete(&owner)?;
        } else {
            balances.set(&owner, new.clone())?;
        }
        self.balances = flush(&mut balances)?;
        Ok(new)
    }

    fn balances<'s>(&self, store: Store<'s>) -> Result<Balances<'s>, ActorError> {
        Map::load_with_bit_width(store, &self.balances, self.bit_width, "balances")
    }

    // --- allowances ------------------------------------------------------------------------

    /// What an operator may spend.
    pub fn allowance(&self, store: Store<'_>, grant: Grant) -> Result<TokenAmount, ActorError> {
        let owners = self.allowances(store)?;
        let Some(root) = owners.get(&grant.owner)? else {
            return Ok(TokenAmount::zero());
        };
        let operators = self.allowances_of(store, root)?;
        Ok(operators.get(&grant.operator)?.cloned().unwrap_or_default())
    }

    /// Raises or lowers an allowance, not below zero, and answers the new one.
    pub fn change_allowance(
        &mut self,
        store: Store<'_>,
        grant: Grant,
        change: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let old = self.allowance(store, grant)?;
        let new = (&old + change).max(TokenAmount::zero());
        self.set_allowance(store, grant, &new)?;
        Ok(new)
    }

    /// Sets an allowance, and answers the old one.
    pub fn set_allowance(
        &mut self,
        store: Store<'_>,
        grant: Grant,
        amount: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let mut owners = self.allowances(store)?;
        let mut operators = match owners.get(&grant.owner)? {
            Some(root) => self.allowances_of(store, root)?,
            None => Map::empty_with_bit_width(store, self.bit_width, "allowances of an owner"),
        };
        let old = if amount.is_zero() {
            operators.delete(&grant.operator)?
        } else {
            operators.set(&grant.operator, amount.clone())?
        };
        if operators.is_empty() {
            owners.delete(&grant.owner)?;
        } else {
            owners.set(&grant.owner, flush(&mut operators)?)?;
        }
        self.allowances = owners.flush()?;
        Ok(old.unwrap_or_default())
    }

    /// Takes from an allowance what is about to be spent, and answers what remains.
    ///
    /// Spending nothing needs an allowance too.
    pub fn use_allowance(
        &mut self,
        store: Store<'_>,
        grant: Grant,
        amount: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let allowance = self.allowance(store, grant)?;
        if allowance.is_zero() || &allowance < amount {
            return Err(ActorError::insufficient_funds(format!(
                "{} may spend {allowance} of {}, not {amount}",
                grant.operator, grant.owner
            )));
        }
        if amount.is_zero() {
            return Ok(allowance);
        }
        self.change_allowance(store, grant, &-amount)
    }

    fn allowances<'s>(&self, store: Store<'s>) -> Result<Allowances<'s>, ActorError> {
        Map::load_with_bit_width(store, &self.allowances, self.bit_width, "allowances")
    }

    /// The allowances that one owner gave.
    fn allowances_of<'s>(&self, store: Store<'s>, root: &Cid) -> Result<Balances<'s>, ActorError> {
        Map::load_with_bit_width(store, root, self.bit_width, "allowances of an owner")
    }

    // --- invariants ------------------------------------------------------------------------

    /// Every invariant that does not hold, in words.
    pub fn check(&self, store: Store<'_>, granularity: u64) -> Result<Vec<String>, ActorError> {
        let mut broken = Vec::new();
        let mut sum = TokenAmount::zero();
        self.balances(store)?.for_each(|owner, balance| {
            if !balance.is_positive() {
                broken.push(format!("{owner} holds {balance}"));
            }
            if !balance.div_rem(granularity).1.is_zero() {
                broken.push(format!(
                    "{owner} holds {balance}, not a multiple of {granularity}"
                ));
            }
            sum += balance;
            Ok(())
        })?;
        if sum != self.supply {
            broken.push(format!("all hold {sum}, but the supply is {}", self.supply));
        }
        self.allowances(store)?.for_each(|owner, root| {
            let operators = self.allowances_of(store, root)?;
            if operators.is_empty() {
                broken.push(format!("{owner} has an empty map of allowances"));
            }
            operators.for_each(|operator, allowance| {
                if !allowance.is_positive() {
                    broken.push(format!("{operator} may spend {allowance} of {owner}"));
                }
                Ok(())
            })
        })?;
        Ok(broken)
    }
}

/// Amounts are encoded here. One of more than 128 bytes, which allowances can add up to, can't be.
fn flush(amounts: &mut Balances<'_>) -> Result<Cid, ActorError> {
    amounts
        .flush()
        .or_exit(ExitCode::USR_SERIALIZATION, "amounts")
}

fn insufficient_balance(owner: ActorID, balance: &TokenAmount, amount: &TokenAmount) -> ActorError {
    ActorError::insufficient_funds(format!("{owner} holds {balance}, less than {amount}"))
}
