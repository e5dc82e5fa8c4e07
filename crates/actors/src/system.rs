//! The system actor (f00): sends the implicit messages, and knows the codes of all built-in
//! actors.

use cid::Cid;
use fvm_shared::error::ExitCode;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::ActorError;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;
use crate::runtime::Runtime;
use crate::state::Store;
use crate::{ActorKind, callers, ids, state};

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::System,
    state: Shape::of::<State>("State"),
    methods: methods! {
        1 Constructor() -> (), Callers::Named("system") => constructor;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};

/// Its state.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// A list of pairs: the name of a built-in actor, and its code.
    pub builtin_actors: Cid,
}

impl State {
    /// A state that knows these actors.
    ///
    /// # Errors
    /// 20 if the list can't be written.
    pub fn new(store: Store<'_>, builtin_actors: &[(String, Cid)]) -> Result<Self, ActorError> {
        let code = ExitCode::USR_ILLEGAL_STATE;
        let builtin_actors = store.write(&builtin_actors, code, "the list of built-in actors")?;
        Ok(Self { builtin_actors })
    }
}

fn constructor(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let state = State::new(Store::of(rt), &[])?;
    state::create(rt, &state)
}
