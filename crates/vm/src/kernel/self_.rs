//! Module `self`: the actor's own state.

use cid::Cid;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;

use super::Kernel;
use crate::actors::BURNT_FUNDS_ACTOR;
use crate::error::{Refusal, Stop, SyscallError};
use crate::state::Atto;
use crate::trace::TraceEvent;

impl Kernel {
    /// Returns the root of this actor's state, which becomes reachable.
    ///
    /// # Cost
    /// `link_tracked`.
    ///
    /// # Errors
    /// `IllegalOperation` if the actor has deleted itself.
    pub fn root(&mut self) -> Result<Cid, SyscallError> {
        self.charge_for(self.prices().on_get_root())?;
        let root = self
            .seat
            .actor(self.frame.receiver)?
            .ok_or_else(deleted)?
            .root;
        self.blocks.mark_reachable(&root);
        Ok(root)
    }

    /// Sets the root of this actor's state.
    ///
    /// # Cost
    /// `link_checked`, and `actor_update` for the first change of the actor in this message.
    ///
    /// # Errors
    /// `ReadOnly`; `NotFound` if the actor can't reach the block; `IllegalOperation` if it has
    /// deleted itself.
    pub fn set_root(&mut self, root: Cid) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't change state")?;
        self.charge_for(self.prices().on_set_root())?;
        if !self.blocks.is_reachable(&root) {
            let words = format!("the new root {root} is not reachable");
            return Err(Refusal::new(ErrorNumber::NotFound, words).into());
        }
        let receiver = self.frame.receiver;
        self.seat.actor(receiver)?.ok_or_else(deleted)?;
        self.seat.charge_update(receiver)?;
        self.seat.state.set_root(receiver, root)?;
        self.seat.trace(|_| TraceEvent::Root(root));
        Ok(())
    }

    /// Returns this actor's balance; nothing if it has deleted itself.
    ///
    /// # Cost
    /// `self_balance`.
    pub fn current_balance(&mut self) -> Result<TokenAmount, SyscallError> {
        Ok(self.own_balance()?.to_token())
    }

    pub(super) fn own_balance(&mut self) -> Result<Atto, Stop> {
        self.charge_for(self.prices().on_self_balance())?;
        let actor = self.seat.actor(self.frame.receiver)?;
        Ok(actor.map(|actor| actor.balance).unwrap_or_default())
    }

    /// Deletes this actor. What it still holds is burnt, if it agrees to that.
    ///
    /// Doing it again does nothing.
    ///
    /// # Cost
    /// `delete_actor`, and what the changes of both actors cost.
    ///
    /// # Errors
    /// `ReadOnly`; `IllegalOperation` if it holds funds that it does not agree to burn.
    pub fn self_destruct(&mut self, burn_unspent: bool) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't delete its actor")?;
        self.charge_for(self.prices().on_delete_actor())?;
        let balance = self.own_balance()?;
        if balance != Atto::ZERO {
            if !burn_unspent {
                let words = "the actor still holds funds";
                return Err(Refusal::new(ErrorNumber::IllegalOperation, words).into());
            }
            let (receiver, value) = (self.frame.receiver, balance.to_token());
            // Running dry just here has always broken the whole message.
            self.seat
                .transfer(receiver, BURNT_FUNDS_ACTOR, &value)
                .map_err(|error| match error {
                    SyscallError::Stop(Stop::Fatal(fatal)) => Stop::Fatal(fatal),
                    SyscallError::Stop(_) => Stop::Broken("out of gas while burning".to_owned()),
                    SyscallError::Refused(refusal) => {
                        Stop::Broken(format!("burning failed: {}", refusal.words))
                    }
                })?;
        }
        self.delete_self()
    }

    pub(super) fn delete_self(&mut self) -> Result<(), SyscallError> {
        let receiver = self.frame.receiver;
        self.seat.charge_update(receiver)?;
        Ok(self.seat.state.delete(receiver)?)
    }
}

fn deleted() -> Refusal {
    Refusal::new(
        ErrorNumber::IllegalOperation,
        "the actor has deleted itself",
    )
}
