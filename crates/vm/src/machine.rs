//! Everything that a message may touch, in one box that the frames of its calls lend each other.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;

use crate::access::{Access, AccessCheckpoint, AccessList};
use crate::context::Context;
use crate::error::{Fatal, Refusal, Stop, SyscallError};
use crate::events::{EventCheckpoint, EventLog};
use crate::externs::{Externs, Verifier};
use crate::gas::GasTracker;
use crate::manifest::Manifest;
use crate::memory::MemoryLimiter;
use crate::price::PriceList;
use crate::rules::Rules;
use crate::runner::Runner;
use crate::state::{Actor, Atto, Checkpoint, StateTree};
use crate::trace::{FailedFrame, TraceEvent, Watcher};

/// The state, the tipset, and the message being applied.
pub(crate) struct Machine {
    pub(crate) context: Context,
    pub(crate) prices: &'static PriceList,
    pub(crate) rules: &'static Rules,
    pub(crate) manifest: Manifest,
    pub(crate) state: StateTree,
    pub(crate) externs: Arc<dyn Externs>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) runner: Arc<dyn Runner>,
    /// The runner's, asked for once.
    pub(crate) watcher: Option<Watcher>,
    pub(crate) message: MessageState,
    pub(crate) lost_and_found: Weak<LostAndFound>,
}

/// What lasts as long as one message.
pub(crate) struct MessageState {
    pub(crate) origin: ActorID,
    /// The sender's address as the message gives it: new f2 addresses are derived from it.
    pub(crate) origin_address: Address,
    pub(crate) sequence: u64,
    /// What the message really pays above the base fee, a unit of gas.
    pub(crate) gas_premium: Atto,
    pub(crate) gas: GasTracker,
    pub(crate) access: AccessList,
    pub(crate) events: EventLog,
    pub(crate) memory: MemoryLimiter,
    pub(crate) depth: u32,
    pub(crate) actors_created: u64,
    /// The frames that failed, innermost first. For people.
    pub(crate) failures: Vec<FailedFrame>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Machine at epoch {}", self.context.epoch)
    }
}

/// A point to which everything that a call may change can return.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MachineCheckpoint {
    state: Checkpoint,
    events: EventCheckpoint,
    access: AccessCheckpoint,
}

impl MessageState {
    /// A message that has not begun: nobody sends it, and it may spend nothing.
    pub(crate) fn idle() -> Self {
        Self {
            origin: 0,
            origin_address: Address::new_id(0),
            sequence: 0,
            gas_premium: Atto::ZERO,
            gas: GasTracker::new(crate::gas::Gas::ZERO),
            access: AccessList::default(),
            events: EventLog::default(),
            memory: MemoryLimiter::new(0),
            depth: 0,
            actors_created: 0,
            failures: Vec::new(),
        }
    }
}

impl MessageState {
    /// Remembers a frame that failed, as long as there are few: a message can fail very often.
    pub(crate) fn note_failure(&mut self, frame: FailedFrame) {
        const FRAMES_MAX: usize = 64;
        if self.failures.len() < FRAMES_MAX {
            self.failures.push(frame);
        }
    }
}

impl Machine {
    pub(crate) fn checkpoint(&self) -> MachineCheckpoint {
        MachineCheckpoint {
            state: self.state.checkpoint(),
            events: self.message.events.checkpoint(),
            access: self.message.access.checkpoint(),
        }
    }

    pub(crate) fn revert(&mut self, to: MachineCheckpoint) {
        self.state.revert(to.state);
        self.message.events.revert(to.events);
        self.message.access.revert(to.access);
    }

    /// The id of an address; its first lookup is charged.
    pub(crate) fn resolve(&mut self, address: &Address) -> Result<Option<ActorID>, Stop> {
        if !self.message.access.address(address) {
            self.message.gas.charge(self.prices.on_resolve_address())?;
        }
        let id = self.state.resolve(address)?;
        if id.is_some() {
            self.message.access.touch_address(address);
        }
        Ok(id)
    }

    /// An actor as it is now; its first lookup is charged.
    pub(crate) fn actor(&mut self, id: ActorID) -> Result<Option<&Actor>, Stop> {
        if self.access(id) < Access::Read {
            self.message.gas.charge(self.prices.on_actor_lookup())?;
        }
        self.message.access.touch_actor(id, Access::Read);
        Ok(self.state.actor(id)?)
    }

    /// Charges for a change of an actor that is about to be made.
    pub(crate) fn charge_update(&mut self, id: ActorID) -> Result<(), Stop> {
        let paid = self.access(id);
        if paid < Access::Read {
            self.message.gas.charge(self.prices.on_actor_lookup())?;
        }
        if paid < Access::Updated {
            self.message.gas.charge(self.prices.on_actor_update())?;
        }
        self.message.access.touch_actor(id, Access::Updated);
        Ok(())
    }

    fn access(&self, id: ActorID) -> Access {
        if self.prices.preloaded_actors.contains(&id) {
            Access::Updated
        } else {
            self.message.access.actor(id)
        }
    }

    /// Moves value from one actor to another.
    pub(crate) fn transfer(
        &mut self,
        from: ActorID,
        to: ActorID,
        value: &TokenAmount,
    ) -> Result<(), SyscallError> {
        if value.is_negative() {
            let words = "the value of a transfer is negative";
            return Err(Refusal::new(ErrorNumber::IllegalArgument, words).into());
        }
        // A sender that does not exist has no funds; `NotFound` is about the receiver.
        let balance = self
            .actor(from)?
            .map(|actor| actor.balance)
            .unwrap_or_default();
        let value = match Atto::from_token(value) {
            Some(value) if value <= balance => value,
            _ => {
                let words = format!(
                    "f0{from} has {} and cannot send {value}",
                    balance.to_token()
                );
                return Err(Refusal::new(ErrorNumber::InsufficientFunds, words).into());
            }
        };
        if from == to {
            return Ok(());
        }
        if self.actor(to)?.is_none() {
            let words = format!("there is no f0{to} to receive the value");
            return Err(Refusal::new(ErrorNumber::NotFound, words).into());
        }
        self.charge_update(from)?;
        self.state.debit(from, value)?;
        self.charge_update(to)?;
        self.state.credit(to, value)?;
        Ok(())
    }

    /// Records that a callee was found.
    pub(crate) fn trace_invoke(&mut self, id: ActorID) -> Result<(), Fatal> {
        if self.message.gas.is_traced()
            && let Some(actor) = self.state.actor(id)?
        {
            let actor = Box::new(actor.clone());
            self.trace(|_| TraceEvent::Invoke { id, actor });
        }
        Ok(())
    }

    /// Records an event of the trace.
    pub(crate) fn trace(&mut self, event: impl FnOnce(&GasTracker) -> TraceEvent) {
        self.message.gas.trace(event);
    }
}

/// The machine, or the gap it leaves while a nested frame has it.
pub(crate) struct Seat(Option<Box<Machine>>);

/// Where a machine lands when the actor code that had it panics.
#[derive(Debug, Default)]
pub(crate) struct LostAndFound(Mutex<Option<Box<Machine>>>);

impl Seat {
    pub(crate) fn new(machine: Box<Machine>) -> Self {
        Self(Some(machine))
    }

    /// Takes the machine out, to be put back before this seat is used again.
    pub(crate) fn take(&mut self) -> Result<Box<Machine>, Fatal> {
        self.0
            .take()
            .ok_or_else(|| Fatal::new("the machine was lost to a panic"))
    }

    pub(crate) fn put_back(&mut self, machine: Box<Machine>) {
        self.0 = Some(machine);
    }

    /// Is the machine here? Only a panic that leaked it can have taken it for good.
    pub(crate) fn is_taken(&self) -> bool {
        self.0.is_some()
    }
}

impl Deref for Seat {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        self.0
            .as_deref()
            .expect("the machine is back whenever the frame that lent it runs")
    }
}

impl DerefMut for Seat {
    fn deref_mut(&mut self) -> &mut Machine {
        self.0
            .as_deref_mut()
            .expect("the machine is back whenever the frame that lent it runs")
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        if let Some(machine) = self.0.take()
            && let Some(lost_and_found) = machine.lost_and_found.upgrade()
        {
            *lost_and_found
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(machine);
        }
    }
}

impl LostAndFound {
    pub(crate) fn collect(&self) -> Option<Box<Machine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_taken() {
            "Seat(taken)"
        } else {
            "Seat(lent)"
        })
    }
}
