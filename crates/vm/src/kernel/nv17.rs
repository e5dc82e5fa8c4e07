//! Syscalls that went with network version 17, and what others did then besides.

use cid::Cid;
use fvm_ipld_encoding::tuple::Deserialize_tuple;
use fvm_shared::address::{Address, Payload};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::sector::SealVerifyInfo;
use fvm_shared::{ActorID, sys};

use super::Kernel;
use super::proofs::illegal;
use crate::error::{Refusal, Stop, SyscallError};
use crate::state::Actor;

/// What an actor was told about its call and the tipset, all in one.
#[derive(Clone, Copy, Debug)]
pub struct InvocationContext {
    /// What came along.
    pub value_received: sys::TokenAmount,
    /// Who called.
    pub caller: ActorID,
    /// The actor itself.
    pub receiver: ActorID,
    /// The method called.
    pub method: u64,
    /// The epoch of the tipset.
    pub epoch: i64,
    /// The network version.
    pub network_version: u32,
}

impl InvocationContext {
    /// Its length in an actor's memory, where its fields lie in this order without gaps.
    pub const LEN: usize = size_of::<sys::TokenAmount>() + 4 * size_of::<u64>() + size_of::<u32>();
}

/// The state of an account.
#[derive(Deserialize_tuple)]
struct AccountState {
    address: Address,
}

/// Who pays for reading an account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The message, as for any other block.
    Charged,
    /// Nobody.
    Free,
}

impl Kernel {
    /// Ends the actor, without data. Success is not for it to claim this way: it returns.
    #[must_use]
    pub fn abort(&self, code: u32, words: String) -> Stop {
        let asked = ExitCode::new(code);
        if asked.is_success() || asked.is_system_error() {
            let words = format!("the actor aborted with code {asked}, which is the machine's");
            return Stop::exit(ExitCode::SYS_ILLEGAL_EXIT_CODE, words);
        }
        Stop::exit(asked, words)
    }

    /// Returns the message being handled and the tipset. Free.
    pub fn invocation_context(&self) -> Result<InvocationContext, SyscallError> {
        Ok(InvocationContext {
            value_received: self.sys_amount(&self.frame.value_received)?,
            caller: self.frame.caller,
            receiver: self.frame.receiver,
            method: self.frame.method,
            epoch: self.context().epoch,
            network_version: self.context().network_version.into(),
        })
    }

    /// Returns the base fee. Free.
    #[must_use]
    pub fn base_fee(&self) -> TokenAmount {
        self.context().base_fee.clone()
    }

    /// Returns the f2 address of the next actor of this message, another one each time. Free.
    ///
    /// # Errors
    /// Breaks the message if its sender is no account.
    pub fn new_actor_address(&mut self) -> Result<Address, SyscallError> {
        let origin = self.seat.message.origin_address;
        let origin = self
            .key_address(&origin, Reading::Free)
            .map_err(|error| match error {
                SyscallError::Refused(refusal) => {
                    SyscallError::from(Stop::Broken(refusal.words.into_owned()))
                }
                stop => stop,
            })?;
        let message = &mut self.seat.message;
        let mut seed = fvm_ipld_encoding::to_vec(&origin).expect("an address encodes into memory");
        seed.extend_from_slice(&message.sequence.to_be_bytes());
        seed.extend_from_slice(&message.actors_created.to_be_bytes());
        message.actors_created += 1;
        Ok(Address::new_actor(&seed))
    }

    /// Creates an actor at an id that was assigned before. Any actor may: all are built in.
    ///
    /// # Cost
    /// `actor_create`.
    ///
    /// # Errors
    /// `Forbidden` for code that is not built in or that there can be only one actor of, and
    /// where the id is taken.
    pub fn create_built_in(&mut self, code: Cid, id: ActorID) -> Result<(), SyscallError> {
        let forbidden = |words: &'static str| Refusal::new(ErrorNumber::Forbidden, words);
        let manifest = &self.seat.manifest;
        if manifest.type_of_code(&code) == 0 {
            return Err(forbidden("only built-in actors can be created").into());
        }
        let is_singleton = SINGLETONS
            .iter()
            .any(|name| manifest.code_of_name(name) == Some(code));
        if is_singleton {
            return Err(forbidden("there can be only one actor of this code").into());
        }
        if self.seat.actor(id)?.is_some() {
            return Err(forbidden("there is already an actor with this id").into());
        }
        self.charge_for(self.prices().on_create_actor())?;
        Ok(self.seat.state.set_actor(id, Actor::new(code, None))?)
    }

    /// Judges one seal.
    ///
    /// # Cost
    /// `verify_seal`.
    ///
    /// # Errors
    /// `IllegalArgument` if the input makes no sense.
    pub fn verify_seal(&mut self, info: &SealVerifyInfo) -> Result<bool, SyscallError> {
        self.charge_for(self.prices().on_verify_seal())?;
        Ok(self.seat.verifier.verify_seal(info).map_err(illegal)?)
    }

    /// The key behind a signer, who may have been named by any address.
    pub(super) fn signer(&mut self, signer: &Address) -> Result<Address, SyscallError> {
        self.key_address(signer, Reading::Charged)
    }

    /// The f1 or f3 address of an account. One whose state is not an account's breaks the message.
    fn key_address(
        &mut self,
        address: &Address,
        reading: Reading,
    ) -> Result<Address, SyscallError> {
        if matches!(address.payload(), Payload::Secp256k1(_) | Payload::BLS(_)) {
            return Ok(*address);
        }
        let not_found = || Refusal::new(ErrorNumber::NotFound, format!("nobody is {address}"));
        let id = self.seat.resolve(address)?.ok_or_else(not_found)?;
        let account = self.seat.manifest.account;
        let actor = self.seat.actor(id)?.ok_or_else(not_found)?;
        let (code, root) = (actor.code, actor.root);
        if code != account {
            let words = format!("{address} is no account");
            return Err(Refusal::new(ErrorNumber::IllegalArgument, words).into());
        }
        if reading == Reading::Charged {
            self.charge_for(self.prices().on_block_open_base())?;
        }
        let data = self
            .store()
            .block(&root)?
            .ok_or_else(|| Stop::Broken(format!("the state of account f0{id} is lost")))?;
        if reading == Reading::Charged {
            self.charge_for(self.prices().on_block_open(data.len(), 0))?;
        }
        // One that was created without its constructor has no key in its state.
        let state: AccountState = fvm_ipld_encoding::from_slice(&data)
            .map_err(|e| Stop::Broken(format!("the state of account f0{id}: {e}")))?;
        Ok(state.address)
    }
}

/// The actors that exist once.
const SINGLETONS: [&str; 7] = [
    "system",
    "init",
    "cron",
    "reward",
    "storagepower",
    "storagemarket",
    "verifiedregistry",
];
