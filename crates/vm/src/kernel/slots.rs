//! Slots, for native actors: kept in the journal, and folded into the state once a flush.
//!
//! Not charged here: native code pays by a table of its own.

use super::Kernel;
use crate::error::SyscallError;
use crate::state::{SlotMap, Word};

impl Kernel {
    /// A slot of this actor's that was written since the last flush; `None` if it must be read
    /// from the state.
    #[must_use]
    pub fn slot(&self, map: SlotMap, key: &Word) -> Option<Word> {
        self.seat.state.slot(self.frame.receiver, map, key)
    }

    /// Writes a slot of this actor's.
    ///
    /// # Errors
    /// `ReadOnly`.
    pub fn set_slot(&mut self, map: SlotMap, key: Word, value: Word) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't write a slot")?;
        self.seat
            .state
            .set_slot(self.frame.receiver, map, key, value);
        Ok(())
    }

    /// Forgets every slot of a map that was written since the last flush.
    ///
    /// # Errors
    /// `ReadOnly`.
    pub fn clear_slots(&mut self, map: SlotMap) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't clear its slots")?;
        self.seat.state.clear_slots(self.frame.receiver, map);
        Ok(())
    }
}
