//! Cron (f03): calls others at the end of every tipset.

use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::ActorError;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;
use crate::runtime::Runtime;
use crate::{ActorKind, callers, ids, send, state};

/// `EpochTick`.
pub const EPOCH_TICK: u64 = 2;

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Cron,
    state: Shape::of::<State>("State"),
    methods: methods! {
        1 Constructor(State) -> (), Callers::Named("system") => constructor;
        2 EpochTick() -> (), Callers::Named("system") => epoch_tick;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};

/// Its state, and what it is constructed from.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Whom to call, in this order.
    pub entries: Vec<Entry>,
}

/// Somebody to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Entry {
    /// The actor.
    pub receiver: Address,
    /// Its method, which takes no parameters.
    pub method: MethodNum,
}

fn constructor(rt: &dyn Runtime, state: State) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    state::create(rt, &state)
}

fn epoch_tick(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let state: State = state::load(rt)?;
    for entry in state.entries {
        // A failure is the callee's own: the others still have their turn.
        let _ = send::try_call(
            rt,
            &entry.receiver,
            entry.method,
            None,
            TokenAmount::default(),
        )?;
    }
    Ok(())
}
