//! Module `gas`, and what a runner must know about gas and memory.

use super::Kernel;
use crate::error::{Stop, SyscallError};
use crate::gas::{Charge, Gas};
use crate::memory::MemoryLimiter;

impl Kernel {
    /// Charges for work done by a runner or natively.
    pub fn charge(&mut self, name: &'static str, gas: Gas) -> Result<(), Stop> {
        self.charge_for(Charge::compute(name, gas))
    }

    /// Charges what an actor charges itself. The name shows in traces.
    pub fn charge_named(&mut self, name: &str, gas: u64) -> Result<(), SyscallError> {
        Ok(self.seat.message.gas.charge_named(name, Gas::new(gas))?)
    }

    /// What is left of this call's gas.
    #[must_use]
    pub fn gas_available(&self) -> Gas {
        self.seat.message.gas.available()
    }

    /// The memory that the instances of this message share.
    pub fn memory(&mut self) -> &mut MemoryLimiter {
        &mut self.seat.message.memory
    }
}
