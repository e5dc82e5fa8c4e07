//! Module `actor`: other actors.

use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;

use super::Kernel;
use crate::actors::INIT_ACTOR;
use crate::call::create_actor;
use crate::error::{Refusal, SyscallError};
use crate::state::Actor;

impl Kernel {
    /// Returns the id of an address.
    ///
    /// # Cost
    /// `resolve_address`, and the lookup the first time this message meets the address.
    ///
    /// # Errors
    /// `NotFound` if nobody has the address.
    pub fn resolve_address(&mut self, address: &Address) -> Result<ActorID, SyscallError> {
        self.charge_for(self.prices().on_resolve_address())?;
        Ok(self.seat.resolve(address)?.ok_or_else(|| {
            Refusal::new(
                ErrorNumber::NotFound,
                format!("nobody has address {address}"),
            )
        })?)
    }

    /// Returns the f4 address of an actor, if it has one.
    ///
    /// # Cost
    /// `lookup_delegated_address`, and `actor_lookup` the first time this message meets it.
    ///
    /// # Errors
    /// `NotFound` if there is no such actor.
    pub fn lookup_delegated_address(
        &mut self,
        id: ActorID,
    ) -> Result<Option<Address>, SyscallError> {
        self.charge_for(self.prices().on_lookup_delegated_address())?;
        Ok(self.other(id)?.delegated_address)
    }

    /// Returns the code of an actor.
    ///
    /// # Cost
    /// `get_actor_code_cid`, and `actor_lookup` the first time this message meets it.
    ///
    /// # Errors
    /// `NotFound` if there is no such actor.
    pub fn get_actor_code_cid(&mut self, id: ActorID) -> Result<Cid, SyscallError> {
        self.charge_for(self.prices().on_get_actor_code_cid())?;
        Ok(self.other(id)?.code)
    }

    /// Returns the balance of an actor.
    ///
    /// # Cost
    /// `balance_of`, and `actor_lookup` the first time this message meets it.
    ///
    /// # Errors
    /// `NotFound` if there is no such actor.
    pub fn balance_of(&mut self, id: ActorID) -> Result<TokenAmount, SyscallError> {
        self.charge_for(self.prices().on_balance_of())?;
        Ok(self.other(id)?.balance.to_token())
    }

    fn other(&mut self, id: ActorID) -> Result<&Actor, SyscallError> {
        Ok(self.seat.actor(id)?.ok_or_else(|| {
            Refusal::new(ErrorNumber::NotFound, format!("there is no actor f0{id}"))
        })?)
    }

    /// Returns the f2 address that the next actor created by this message would have. Free.
    ///
    /// It hashes the sender as the message names it, so it stays the same on any fork; the
    /// message's sequence number; and how many actors it has created so far.
    #[must_use]
    pub fn next_actor_address(&self) -> Address {
        let message = &self.seat.message;
        let mut seed = fvm_ipld_encoding::to_vec(&message.origin_address)
            .expect("an address encodes into memory");
        seed.extend_from_slice(&message.sequence.to_be_bytes());
        seed.extend_from_slice(&message.actors_created.to_be_bytes());
        Address::new_actor(&seed)
    }

    /// Creates an actor at an id that was assigned before, or replaces a placeholder.
    ///
    /// # Cost
    /// `actor_create` unless it replaces one, and the lookup and the update of the actor.
    ///
    /// # Errors
    /// `Forbidden` to all but the init actor, for placeholders, and where the id is taken;
    /// `ReadOnly`.
    pub fn create_actor(
        &mut self,
        code: Cid,
        id: ActorID,
        delegated_address: Option<Address>,
    ) -> Result<(), SyscallError> {
        if self.frame.receiver != INIT_ACTOR {
            let words = "only the init actor creates actors";
            return Err(Refusal::new(ErrorNumber::Forbidden, words).into());
        }
        self.check_mutable("a read-only call can't create an actor")?;
        create_actor(&mut self.seat, code, id, delegated_address)
    }

    /// Returns the type number of a code; 0 if it is not a built-in actor's.
    ///
    /// # Cost
    /// `builtin_lookup`.
    pub fn get_builtin_actor_type(&mut self, code: &Cid) -> Result<u32, SyscallError> {
        self.charge_for(self.prices().on_get_builtin_actor_type())?;
        Ok(self.seat.manifest.type_of_code(code))
    }

    /// Returns the code of a built-in actor.
    ///
    /// # Cost
    /// `builtin_lookup`.
    ///
    /// # Errors
    /// `IllegalArgument` if no built-in actor has this number.
    pub fn get_code_cid_for_type(&mut self, number: u32) -> Result<Cid, SyscallError> {
        self.charge_for(self.prices().on_get_code_cid_for_type())?;
        Ok(self.seat.manifest.code_of_type(number).ok_or_else(|| {
            let words = format!("no built-in actor has type {number}");
            Refusal::new(ErrorNumber::IllegalArgument, words)
        })?)
    }
}
