//! Placeholders: they hold what was sent to an f4 address where nothing is deployed yet.

use crate::ActorKind;
use crate::method::{Actor, Fallback, Shape};

/// The actor. It has no state and accepts any call.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Placeholder,
    state: Shape::NONE,
    methods: &[],
    fallback: Fallback::Accept,
    restrict_internal: false,
};
