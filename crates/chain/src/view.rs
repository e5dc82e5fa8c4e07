//! A state to look at.

use atoll_actors::evm::{self, EthAddress, GetStorageAtParams, Word, method::GET_STORAGE_AT};
use atoll_actors::init;
use atoll_vm::actors::{INIT_ACTOR, SYSTEM_ACTOR};
use atoll_vm::state::{Actor, Atto};
use atoll_vm::{ApplyKind, Executor, Fatal, OrFatal};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{CborStore, RawBytes};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Payload};
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use num_traits::Zero;

use crate::base_fee::BLOCK_GAS_LIMIT;
use crate::chain::Borrowed;
use crate::supply::{Counted, Supply};

/// The state after a tipset, to look at.
pub struct StateView<'c> {
    pub(crate) executor: Borrowed<'c>,
}

impl StateView<'_> {
    /// The id of an address.
    pub fn resolve(&mut self, address: &Address) -> Result<Option<ActorID>, Fatal> {
        self.executor.state().resolve(address)
    }

    /// An actor with its id.
    pub fn actor(&mut self, address: &Address) -> Result<Option<(ActorID, Actor)>, Fatal> {
        actor(&mut self.executor, address)
    }

    /// The name of the built-in actor with this code.
    #[must_use]
    pub fn name_of_code(&self, code: &Cid) -> Option<String> {
        let mut names = self.executor.manifest().iter();
        names
            .find(|(_, known)| *known == code)
            .map(|(name, _)| name.to_owned())
    }

    /// What an address holds; nothing if nobody is there.
    pub fn balance(&mut self, address: &Address) -> Result<Atto, Fatal> {
        Ok(self
            .actor(address)?
            .map_or(Atto::ZERO, |(_, actor)| actor.balance))
    }

    /// How many messages an address has sent; for a contract, how many it has created, plus one.
    pub fn nonce(&mut self, address: &Address) -> Result<u64, Fatal> {
        let Some((_, actor)) = self.actor(address)? else {
            return Ok(0);
        };
        match self.contract(&actor)? {
            Some(state) if state.tombstone.is_none() => Ok(state.nonce),
            Some(_) => Ok(0),
            None => Ok(actor.sequence),
        }
    }

    /// The state of a contract; `None` if the actor is none.
    pub fn contract(&mut self, actor: &Actor) -> Result<Option<evm::State>, Fatal> {
        contract(&mut self.executor, actor)
    }

    /// The code of a contract; empty for all others. (Other actors than accounts show `0xfe` to
    /// contracts; [`StateView::shown_code`] has that.)
    pub fn code(&mut self, address: &Address) -> Result<Vec<u8>, Fatal> {
        let Some((_, actor)) = self.actor(address)? else {
            return Ok(Vec::new());
        };
        match self.contract(&actor)? {
            Some(state) if state.tombstone.is_none() => self.block(&state.bytecode),
            _ => Ok(Vec::new()),
        }
    }

    /// The code as `eth_getCode` shows it: that of a contract, `0xfe` for actors that are
    /// neither contracts nor accounts, nothing for accounts, placeholders and nobody.
    pub fn shown_code(&mut self, address: &Address) -> Result<Vec<u8>, Fatal> {
        let Some((_, actor)) = self.actor(address)? else {
            return Ok(Vec::new());
        };
        let name = self.name_of_code(&actor.code);
        match name.as_deref() {
            Some("evm") => self.code(address),
            Some("account" | "ethaccount" | "placeholder") => Ok(Vec::new()),
            _ => Ok(vec![0xfe]),
        }
    }

    /// A slot of a contract; zero for all others.
    pub fn storage(&mut self, address: &Address, key: &[u8; 32]) -> Result<[u8; 32], Fatal> {
        let Some((id, actor)) = self.actor(address)? else {
            return Ok([0; 32]);
        };
        if self.contract(&actor)?.is_none() {
            return Ok([0; 32]);
        }
        let params = GetStorageAtParams { key: Word(*key) };
        let message = implicit(
            Address::new_id(SYSTEM_ACTOR),
            Address::new_id(id),
            GET_STORAGE_AT,
            RawBytes::serialize(&params).or_fatal("encoding the key of a slot")?,
        );
        let applied = self
            .executor
            .simulate(&message, ApplyKind::Implicit, 0)
            .or_fatal("reading a slot")?;
        if !applied.receipt.exit_code.is_success() {
            let words = format!("reading a slot: exit code {}", applied.receipt.exit_code);
            return Err(Fatal::new(words));
        }
        let Word(value) = fvm_ipld_encoding::from_slice(&applied.receipt.return_data)
            .or_fatal("decoding a slot")?;
        Ok(value)
    }

    /// Calls a function with every slot of a contract and its value; never, if the address is none.
    /// A state that messages are tried out on has to be flushed before.
    pub fn for_each_slot(
        &mut self,
        address: &Address,
        f: impl FnMut(&[u8; 32], &[u8; 32]),
    ) -> Result<(), Fatal> {
        let Some((_, actor)) = self.actor(address)? else {
            return Ok(());
        };
        let Some(contract) = self.contract(&actor)? else {
            return Ok(());
        };
        let store = self.executor.state().store();
        evm::for_each_slot(store, &contract.contract_state, f)
            .map_err(|error| Fatal::new(format!("reading slots: {error}")))
    }

    /// How contracts know an address: by its f410 address, or by its id. `None` if nobody is
    /// there and the address is not f410 either.
    pub fn eth_address(&mut self, address: &Address) -> Result<Option<EthAddress>, Fatal> {
        eth_address(&mut self.executor, address)
    }

    /// The address of a key behind an account: f1, f3 or f410. `None` if it has none.
    pub fn key_address(&mut self, address: &Address) -> Result<Option<Address>, Fatal> {
        let Some((_, actor)) = self.actor(address)? else {
            return Ok(None);
        };
        if actor.delegated_address.is_some() {
            return Ok(actor.delegated_address);
        }
        if actor.code != self.executor.manifest().account {
            return Ok(None);
        }
        let state: Option<(Address,)> = self
            .executor
            .state()
            .store()
            .get_cbor(&actor.root)
            .or_fatal("reading an account")?;
        Ok(state.map(|(address,)| address))
    }

    /// The FIL in circulation, as actors see it.
    #[must_use]
    pub fn circulating_supply(&self) -> &TokenAmount {
        &self.executor.context().circulating_supply
    }

    /// Counts the FIL in circulation.
    pub fn count_supply(&mut self, supply: &Supply) -> Result<Counted, Fatal> {
        supply.count(&mut self.executor)
    }

    /// The blocks of the state.
    pub fn blocks(&mut self) -> atoll_vm::Store {
        self.executor.state().store().clone()
    }

    /// The address by which an actor is known even if its id changes with a reorg: that of its
    /// key, its f4 address, or the f2 address of its creation. `None` if it has none.
    pub fn robust_address(&mut self, id: ActorID) -> Result<Option<Address>, Fatal> {
        if let Some(address) = self.key_address(&Address::new_id(id))? {
            return Ok(Some(address));
        }
        let init = self.actor(&Address::new_id(INIT_ACTOR))?;
        let (_, init) = init.ok_or_else(|| Fatal::new("there is no init actor"))?;
        let store = self.executor.state().store();
        let state: Option<init::State> = store
            .get_cbor(&init.root)
            .or_fatal("reading the init actor's state")?;
        let state = state.ok_or_else(|| Fatal::new("the init actor's state is missing"))?;
        let mut addresses = state
            .addresses_of(atoll_actors::state::Store(store), id)
            .map_err(|error| Fatal::new(format!("reading the address map: {error}")))?;
        addresses.sort_unstable_by_key(|address| address.to_bytes());
        Ok(addresses.pop())
    }

    /// A block of the state.
    pub fn block(&mut self, cid: &Cid) -> Result<Vec<u8>, Fatal> {
        self.executor
            .state()
            .store()
            .get(cid)
            .or_fatal("reading a block")?
            .ok_or_else(|| Fatal::new(format!("block {cid} is missing")))
    }

    /// Calls a function with every actor.
    pub fn for_each_actor(
        &mut self,
        f: impl FnMut(ActorID, &Actor) -> Result<(), Fatal>,
    ) -> Result<(), Fatal> {
        self.executor.state().for_each_flushed(f)
    }
}

impl std::fmt::Debug for StateView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateView")
    }
}

/// A message from nobody that pays nothing.
pub(crate) fn implicit(from: Address, to: Address, method_num: u64, params: RawBytes) -> Message {
    Message {
        version: 0,
        from,
        to,
        sequence: 0,
        value: TokenAmount::zero(),
        method_num,
        params,
        gas_limit: BLOCK_GAS_LIMIT,
        gas_fee_cap: TokenAmount::zero(),
        gas_premium: TokenAmount::zero(),
    }
}

pub(crate) fn actor(
    executor: &mut Executor,
    address: &Address,
) -> Result<Option<(ActorID, Actor)>, Fatal> {
    let state = executor.state();
    let Some(id) = state.resolve(address)? else {
        return Ok(None);
    };
    Ok(state.actor(id)?.cloned().map(|actor| (id, actor)))
}

pub(crate) fn contract(
    executor: &mut Executor,
    actor: &Actor,
) -> Result<Option<evm::State>, Fatal> {
    if executor.manifest().code_of_name("evm") != Some(actor.code) {
        return Ok(None);
    }
    executor
        .state()
        .store()
        .get_cbor(&actor.root)
        .or_fatal("reading a contract's state")
}

pub(crate) fn eth_address(
    executor: &mut Executor,
    address: &Address,
) -> Result<Option<EthAddress>, Fatal> {
    if let Some(address) = EthAddress::from_delegated(address) {
        return Ok(Some(address));
    }
    match actor(executor, address)? {
        Some((id, actor)) => {
            let delegated = actor.delegated_address.as_ref();
            let own = delegated.and_then(EthAddress::from_delegated);
            Ok(Some(own.unwrap_or_else(|| EthAddress::from_id(id))))
        }
        None => Ok(match address.payload() {
            Payload::ID(id) => Some(EthAddress::from_id(*id)),
            _ => None,
        }),
    }
}
