//! The init actor (f01): gives out ids, and creates actors.

mod methods;
mod state;
mod types;

pub use state::{Mapped, State};
pub use types::{ConstructorParams, Exec4Params, ExecParams, ExecReturn};

use crate::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};

/// `Exec`.
pub const EXEC: u64 = 2;
/// `Exec4`.
pub const EXEC4: u64 = 3;

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Init,
    state: Shape::of::<State>("State"),
    methods: crate::methods! {
        1 Constructor(ConstructorParams) -> (), Callers::Named("system") => methods::constructor;
        2 Exec(ExecParams) -> ExecReturn, Callers::Any => methods::exec;
        3 Exec4(Exec4Params) -> ExecReturn, Callers::Named("the Ethereum address manager")
            => methods::exec4;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
