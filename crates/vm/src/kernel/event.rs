//! Module `event`.

use fvm_shared::event::StampedEvent;

use super::Kernel;
use crate::error::SyscallError;
use crate::events::{self, EventParts, EventSize};

impl Kernel {
    /// Emits an event from this actor, handed in as headers, keys and values end to end
    /// (FIP-0072).
    ///
    /// # Cost
    /// `event`, by its entries and bytes, before anything about it is checked.
    ///
    /// # Errors
    /// `ReadOnly`; `LimitExceeded`, `IllegalArgument` or `IllegalCodec` by what is wrong with it.
    pub fn emit_event(&mut self, parts: &EventParts<'_>) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't emit events")?;
        self.charge_for(self.prices().on_event(&EventSize::parts(parts)))?;
        let event = events::from_parts(parts)?;
        self.stamp(event);
        Ok(())
    }

    pub(super) fn stamp(&mut self, event: fvm_shared::event::ActorEvent) {
        let emitter = self.frame.receiver;
        self.seat
            .message
            .events
            .push(StampedEvent::new(emitter, event));
    }
}
