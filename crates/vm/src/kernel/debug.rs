//! Module `debug`: what actors say to people.

use super::Kernel;
use crate::trace::TraceEvent;

impl Kernel {
    /// May actors log?
    #[must_use]
    pub fn debug_enabled(&self) -> bool {
        self.context().actor_debugging
    }

    /// Records what an actor says, if anybody listens.
    pub fn log(&mut self, words: String) {
        self.seat.trace(|_| TraceEvent::Log(words));
    }
}
