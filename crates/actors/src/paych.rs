//! Payment channels: payments by vouchers off chain, settled by the last of them.

mod methods;
mod state;
mod types;

pub use state::{LaneState, State};
pub use types::{
    ConstructorParams, Merge, ModVerifyParams, SignedVoucher, UpdateChannelStateParams,
};

use fvm_shared::clock::ChainEpoch;

use crate::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::policy::EPOCHS_IN_HOUR;

/// How long after Settle vouchers are still taken.
pub const SETTLE_DELAY: ChainEpoch = 12 * EPOCHS_IN_HOUR;
/// The highest lane.
pub const LANE_MAX: u64 = i64::MAX as u64;
/// How long a secret may be.
pub const SECRET_BYTES_MAX: usize = 256;

const PARTY: Callers = Callers::Named("the payer or the payee");

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::PaymentChannel,
    state: Shape::of::<State>("State"),
    methods: crate::methods! {
        1 Constructor(ConstructorParams) -> (), Callers::Kinds(&[ActorKind::Init])
            => methods::constructor;
        2 UpdateChannelState(UpdateChannelStateParams) -> (), PARTY
            => methods::update_channel_state;
        3 Settle() -> (), PARTY => methods::settle;
        4 Collect() -> (), PARTY => methods::collect;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
