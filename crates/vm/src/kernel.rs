//! One actor's view of the machine. Every syscall has one shape: charge, check, act.
//!
//! A file below holds the syscalls of one module of the ABI. What a method takes and returns are
//! plain types; a Wasm binding reads and writes the actor's memory around it, a native actor
//! calls it directly.

mod actor;
mod crypto;
mod debug;
mod event;
mod gas;
mod ipld;
mod legacy;
mod native;
mod network;
mod nv17;
mod proofs;
mod rand;
mod self_;
mod send;
mod vm;

pub use nv17::InvocationContext;

use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;
use fvm_shared::{ActorID, MethodNum};

use crate::blocks::BlockRegistry;
use crate::call::Mutability;
use crate::context::Context;
use crate::error::{Fatal, Refusal, Stop};
use crate::gas::Charge;
use crate::machine::{Machine, Seat};
use crate::price::PriceList;

/// One actor's view of the machine, for as long as one call lasts.
#[derive(Debug)]
pub struct Kernel {
    seat: Seat,
    frame: Frame,
    blocks: BlockRegistry,
}

/// The call that an actor handles.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Who called.
    pub caller: ActorID,
    /// This actor.
    pub receiver: ActorID,
    /// The method called.
    pub method: MethodNum,
    /// What came along.
    pub value_received: TokenAmount,
    /// May this call change anything?
    pub mutability: Mutability,
}

impl Kernel {
    pub(crate) fn new(seat: Seat, frame: Frame, blocks: BlockRegistry) -> Self {
        Self {
            seat,
            frame,
            blocks,
        }
    }

    pub(crate) fn into_parts(mut self) -> Result<(Box<Machine>, BlockRegistry), Fatal> {
        Ok((self.seat.take()?, self.blocks))
    }

    /// The call being handled.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The tipset being applied.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.seat.context
    }

    /// What everything costs.
    #[must_use]
    pub fn prices(&self) -> &'static PriceList {
        self.seat.prices
    }

    /// The blocks that this actor holds.
    #[must_use]
    pub fn blocks(&self) -> &BlockRegistry {
        &self.blocks
    }

    /// How many frames are on the call stack; 1 is the message itself.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.seat.message.depth
    }

    fn charge_for(&mut self, charge: Charge) -> Result<(), Stop> {
        Ok(self.seat.message.gas.charge(charge)?)
    }

    /// Refuses a change in a read-only call.
    fn check_mutable(&self, words: &'static str) -> Result<(), Refusal> {
        match self.frame.mutability {
            Mutability::Mutable => Ok(()),
            Mutability::ReadOnly => Err(Refusal::new(ErrorNumber::ReadOnly, words)),
        }
    }
}
