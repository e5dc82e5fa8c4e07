//! What is to be paid, and the lanes.

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::LANE_MAX;
use crate::adt::Array;
use crate::error::ActorError;
use crate::state::Store;

/// Bits a level of the lanes' AMT.
const LANES_BIT_WIDTH: u32 = 3;

/// The state of a payment channel.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Who pays.
    pub from: Address,
    /// Who is paid.
    pub to: Address,
    /// What the vouchers so far come to.
    pub to_send: TokenAmount,
    /// When it is settled; 0 while it is open.
    pub settling_at: ChainEpoch,
    /// It is not settled before.
    pub min_settle_height: ChainEpoch,
    /// The lanes by their numbers.
    pub lane_states: Cid,
}

/// A lane: a row of vouchers, each of which replaces the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct LaneState {
    /// What its last voucher came to.
    pub redeemed: TokenAmount,
    /// The nonce of its last voucher.
    pub nonce: u64,
}

/// The lanes.
pub(super) struct Lanes<'a>(Array<'a, LaneState>);

impl<'a> Lanes<'a> {
    pub(super) fn empty(store: Store<'a>) -> Self {
        Self(Array::empty(store, LANES_BIT_WIDTH, "lanes"))
    }

    pub(super) fn load(store: Store<'a>, root: &Cid) -> Result<Self, ActorError> {
        Array::load(store, root, "lanes").map(Self)
    }

    pub(super) fn flush(&mut self) -> Result<Cid, ActorError> {
        self.0.flush()
    }

    /// The lane of a number, if it has been used: 16 if there can be none.
    pub(super) fn get(&self, lane: u64) -> Result<Option<LaneState>, ActorError> {
        if lane > LANE_MAX {
            return Err(ActorError::illegal_argument(format!(
                "lane {lane} is too high"
            )));
        }
        Ok(self.0.get(lane)?.cloned())
    }

    pub(super) fn set(&mut self, lane: u64, state: LaneState) -> Result<(), ActorError> {
        self.0.set(lane, state)
    }
}
