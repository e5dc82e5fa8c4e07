//! What this crate remembers during one call of an actor.

use std::cell::Cell;

use crate::error::ActorError;

/// What this crate remembers during one call of an actor. A runtime keeps a fresh one for each
/// call and gives it out through [`crate::Runtime::frame`]; it never looks inside.
#[derive(Debug, Default)]
pub struct Frame {
    caller_checked: Cell<bool>,
    in_transaction: Cell<bool>,
}

impl Frame {
    /// Fails with 24 if the caller was checked before: a method does so exactly once.
    pub(crate) fn caller_unchecked(&self) -> Result<(), ActorError> {
        if self.caller_checked.get() {
            return Err(ActorError::assertion_failed("the caller was checked twice"));
        }
        Ok(())
    }

    pub(crate) fn mark_caller_checked(&self) {
        self.caller_checked.set(true);
    }

    /// Fails with 24 if the caller was never checked.
    pub(crate) fn caller_was_checked(&self) -> Result<(), ActorError> {
        if !self.caller_checked.get() {
            return Err(ActorError::assertion_failed("the caller was never checked"));
        }
        Ok(())
    }

    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    pub(crate) fn set_in_transaction(&self, inside: bool) {
        self.in_transaction.set(inside);
    }
}
