//! What only native actors use: they are part of this program, and trusted as such.
//!
//! Their blocks are neither charged nor checked for reachability, and their slots stay in the
//! journal until a flush folds them into the state. They pay by tables of their own, by method
//! and by logical key, so that gas never depends on the shape of a tree.

use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;
use fvm_shared::event::ActorEvent;
use fvm_shared::sys::BlockId;

use super::Kernel;
use crate::actors::INIT_ACTOR;
use crate::blocks::Block;
use crate::error::{Refusal, SyscallError};
use crate::events::{self, EventSize};
use crate::manifest::Manifest;
use crate::state::{SharedId, SlotMap, Word};
use crate::store::Store;
use crate::trace::TraceEvent;

impl Kernel {
    /// Who sent the message that all this began with.
    #[must_use]
    pub fn origin(&self) -> ActorID {
        self.seat.message.origin
    }

    /// The sequence number of that message.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.seat.message.sequence
    }

    /// What that message really pays above the base fee, a unit of gas.
    #[must_use]
    pub fn gas_premium(&self) -> TokenAmount {
        self.seat.message.gas_premium.to_token()
    }

    /// The built-in actors of this chain.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.seat.manifest
    }

    /// Blocks of state.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.seat.state.store()
    }

    /// The root of this actor's state.
    ///
    /// # Errors
    /// `IllegalOperation` if it has deleted itself.
    pub fn native_root(&mut self) -> Result<Cid, SyscallError> {
        let actor = self.seat.actor(self.frame.receiver)?;
        Ok(actor.ok_or_else(deleted)?.root)
    }

    /// Makes a stored block the root of this actor's state.
    ///
    /// # Cost
    /// `actor_update` for the first change of the actor in this message.
    ///
    /// # Errors
    /// `ReadOnly`; `IllegalOperation` if it has deleted itself.
    pub fn set_native_root(&mut self, root: Cid) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't change state")?;
        let receiver = self.frame.receiver;
        self.seat.actor(receiver)?.ok_or_else(deleted)?;
        self.seat.charge_update(receiver)?;
        self.seat.state.set_root(receiver, root)?;
        self.seat.trace(|_| TraceEvent::Root(root));
        Ok(())
    }

    /// Gives an actor's addresses an id, as the init actor does by its own state; but the map stays
    /// in memory from one actor's creation to the next.
    ///
    /// # Cost
    /// As [`Kernel::set_native_root`].
    ///
    /// # Errors
    /// `Forbidden` to all but the init actor, and if `robust` has an id already; those of
    /// [`Kernel::set_native_root`].
    pub fn assign_shared_id(
        &mut self,
        robust: &Address,
        delegated: Option<&Address>,
    ) -> Result<SharedId, SyscallError> {
        let receiver = self.frame.receiver;
        if receiver != INIT_ACTOR {
            let words = "only the init actor gives addresses";
            return Err(Refusal::new(ErrorNumber::Forbidden, words).into());
        }
        self.check_mutable("a read-only call can't change state")?;
        let assigned = self.seat.state.assign_shared_id(robust, delegated)?;
        let assigned = assigned.ok_or_else(|| {
            let words = format!("{robust} has an id already");
            Refusal::new(ErrorNumber::Forbidden, words)
        })?;
        self.seat.charge_update(receiver)?;
        Ok(assigned)
    }

    /// Puts a block among those of this actor, so that it can be sent or returned.
    ///
    /// # Errors
    /// `LimitExceeded` if there can't be more blocks.
    pub fn put_block(&mut self, block: Block) -> Result<BlockId, SyscallError> {
        Ok(self.blocks.put_reachable(block)?)
    }

    /// Creates a block to be sent or returned. Its links are trusted: the actor reads and writes
    /// the blocks of its state past this kernel.
    ///
    /// # Cost
    /// As [`Kernel::block_create`]: what goes between actors is charged whoever they are.
    ///
    /// # Errors
    /// As [`Kernel::block_create`], but for `NotFound`.
    pub fn native_block(&mut self, codec: u64, data: &[u8]) -> Result<BlockId, SyscallError> {
        let block = self.new_block(codec, data)?;
        self.put_block(block)
    }

    /// Emits an event from this actor.
    ///
    /// # Cost
    /// As [`Kernel::emit_event`].
    ///
    /// # Errors
    /// As [`Kernel::emit_event`].
    pub fn emit(&mut self, event: ActorEvent) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't emit events")?;
        self.charge_for(self.prices().on_event(&EventSize::of(&event)))?;
        events::check(&event)?;
        self.stamp(event);
        Ok(())
    }

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

fn deleted() -> Refusal {
    Refusal::new(
        ErrorNumber::IllegalOperation,
        "the actor has deleted itself",
    )
}
