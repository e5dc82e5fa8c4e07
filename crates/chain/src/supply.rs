//! How much FIL circulates, as the network counts it.
//!
//! What was vested, mined and disbursed from the reserve, without what is burnt or locked. It is
//! counted on the state that an epoch begins with, so that no message of the epoch moves it.

use atoll_actors::ids;
use atoll_vm::actors::{BURNT_FUNDS_ACTOR, REWARD_ACTOR};
use atoll_vm::{Executor, Fatal, OrFatal};
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::ActorID;
use fvm_shared::econ::TokenAmount;
use ipld_core::ipld::Ipld;
use num_bigint::{BigInt, Sign};
use num_traits::Zero;

use atoll_native::genesis::{RESERVE, reserve_at_first};

/// Where the figure comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Supply {
    /// What the genesis gave to accounts. All of it is vested: a dev chain locks up nobody.
    pub vested: TokenAmount,
    /// What the user says instead of counting.
    pub fixed: Option<TokenAmount>,
}

/// The supply and what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// What the genesis gave to accounts.
    pub vested: TokenAmount,
    /// All block rewards ever paid.
    pub mined: TokenAmount,
    /// What left the reserve.
    pub disbursed: TokenAmount,
    /// What was burnt.
    pub burnt: TokenAmount,
    /// Pledges, and what deals lock.
    pub locked: TokenAmount,
    /// What circulates. Never negative: a developer may burn more than there is.
    pub circulating: TokenAmount,
}

/// Where the figures stand in the states of the actors. The places are those of every version
/// that has a data cap actor; what comes after them differs.
mod place {
    pub(super) const PLEDGE: usize = 4;
    pub(super) const MARKET: std::ops::RangeInclusive<usize> = 8..=10;
    pub(super) const REWARDS: usize = 8;
}

impl Supply {
    /// What circulates when the next epoch begins.
    pub fn circulating(&self, executor: &mut Executor) -> Result<TokenAmount, Fatal> {
        match &self.fixed {
            Some(fixed) => Ok(fixed.clone()),
            None => Ok(self.count(executor)?.circulating),
        }
    }

    /// Counts.
    pub fn count(&self, executor: &mut Executor) -> Result<Counted, Fatal> {
        let mined = amount(&fields(executor, REWARD_ACTOR)?, place::REWARDS)?;
        let reserve = balance(executor, RESERVE)?;
        let disbursed = reserve_at_first(&self.vested) - reserve;
        let burnt = balance(executor, BURNT_FUNDS_ACTOR)?;
        let mut locked = amount(&fields(executor, ids::POWER)?, place::PLEDGE)?;
        let market = fields(executor, ids::MARKET)?;
        for at in place::MARKET {
            locked += amount(&market, at)?;
        }
        let circulating = &self.vested + &mined + &disbursed - &burnt - &locked;
        Ok(Counted {
            vested: self.vested.clone(),
            mined,
            disbursed,
            burnt,
            locked,
            circulating: circulating.max(TokenAmount::zero()),
        })
    }
}

fn balance(executor: &mut Executor, id: ActorID) -> Result<TokenAmount, Fatal> {
    let actor = executor.state().actor(id)?;
    Ok(actor.map_or_else(TokenAmount::zero, |actor| actor.balance.to_token()))
}

fn fields(executor: &mut Executor, id: ActorID) -> Result<Vec<Ipld>, Fatal> {
    let state = executor.state();
    let Some(root) = state.actor(id)?.map(|actor| actor.root) else {
        return Err(Fatal::new(format!("there is no actor f0{id}")));
    };
    let fields = fvm_ipld_encoding::CborStore::get_cbor(state.store(), &root);
    let fields = fields.or_fatal("reading what the supply is made of")?;
    fields.ok_or_else(|| Fatal::new(format!("the state of f0{id} is missing")))
}

fn amount(fields: &[Ipld], at: usize) -> Result<TokenAmount, Fatal> {
    let sign = |byte| match byte {
        0 => Some(Sign::Plus),
        1 => Some(Sign::Minus),
        _ => None,
    };
    let number = match fields.get(at) {
        Some(Ipld::Bytes(bytes)) => match bytes.split_first() {
            None => Some(BigInt::zero()),
            Some((first, rest)) => sign(*first).map(|sign| BigInt::from_bytes_be(sign, rest)),
        },
        _ => None,
    };
    let number = number.ok_or_else(|| Fatal::new(format!("field {at} of a state is no amount")))?;
    Ok(TokenAmount::from_atto(number))
}
