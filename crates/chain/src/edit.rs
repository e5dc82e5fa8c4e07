//! Changes of a state that no message makes: for a developer's hands only.

use atoll_actors::evm::{self, CodeHash, SlotWrite, State};
use atoll_vm::state::{Actor, Atto};
use atoll_vm::{Executor, Fatal, OrFatal};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{CborStore, IPLD_RAW};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Payload};
use multihash_codetable::{Code, MultihashDigest};

use crate::signed::keccak256;
use crate::view;

/// A state that is being changed.
pub struct Edit<'e> {
    executor: &'e mut Executor,
}

impl<'e> Edit<'e> {
    pub(crate) fn new(executor: &'e mut Executor) -> Self {
        Self { executor }
    }

    /// Sets what an address holds. An f410 address without an actor gets a placeholder, an f1 or
    /// f3 address an account.
    pub fn set_balance(&mut self, address: &Address, balance: Atto) -> Result<(), Fatal> {
        self.change(address, |actor| actor.balance = balance)
    }

    /// Sets how many messages an address has sent; for a contract, how many it created.
    pub fn set_nonce(&mut self, address: &Address, nonce: u64) -> Result<(), Fatal> {
        let (id, actor) = self.ensure(address)?;
        if let Some(mut state) = view::contract(self.executor, &actor)? {
            state.nonce = nonce;
            return self.put_contract(id, &state);
        }
        // A placeholder that has sent something is an account (FIP-0055).
        let placeholder = self.executor.manifest().is_placeholder(&actor.code);
        let account = self.executor.manifest().eth_account;
        self.change(address, |actor| {
            actor.sequence = nonce;
            if placeholder && nonce > 0 {
                actor.code = account.unwrap_or(actor.code);
            }
        })
    }

    /// Gives an address the code of a contract, or takes it away. Slots and balance stay.
    pub fn set_code(&mut self, address: &Address, code: &[u8]) -> Result<(), Fatal> {
        let (id, actor) = self.ensure(address)?;
        let old = view::contract(self.executor, &actor)?;
        let manifest = self.executor.manifest();
        if code.is_empty() {
            let account = manifest.eth_account;
            return match (old, account) {
                (Some(_), Some(account)) => self.put(id, |actor| {
                    actor.code = account;
                    actor.root = fvm_shared::EMPTY_ARR_CID;
                }),
                _ => Ok(()),
            };
        }
        let evm = manifest
            .code_of_name("evm")
            .ok_or_else(|| Fatal::new("these actors have no contracts"))?;
        let store = self.executor.state().store().clone();
        let bytecode = Cid::new_v1(IPLD_RAW, Code::Blake2b256.digest(code));
        store.put_keyed(&bytecode, code).or_fatal("writing code")?;
        let state = State {
            bytecode,
            bytecode_hash: CodeHash(keccak256(code).0),
            contract_state: match &old {
                Some(old) => old.contract_state,
                None => no_slots(&store)?,
            },
            transient_data: None,
            nonce: old.map_or(1, |old| old.nonce),
            tombstone: None,
        };
        self.put(id, |actor| actor.code = evm)?;
        self.put_contract(id, &state)
    }

    /// Sets slots of a contract. Zero removes one.
    pub fn set_storage(
        &mut self,
        address: &Address,
        slots: &[([u8; 32], [u8; 32])],
    ) -> Result<(), Fatal> {
        let (id, actor) = self.ensure(address)?;
        if view::contract(self.executor, &actor)?.is_none() {
            return Err(Fatal::new(format!(
                "{address} is no contract: it has no storage"
            )));
        }
        let store = self.executor.state().store().clone();
        let mut slots: Vec<SlotWrite> = slots.to_vec();
        slots.sort_unstable();
        let root = evm::fold_slots(&store, &store, &actor.root, &slots, &[])
            .map_err(|error| Fatal::new(format!("writing slots: {error}")))?;
        self.executor.state().set_root(id, root)
    }

    /// Takes all slots of a contract away.
    pub fn clear_storage(&mut self, address: &Address) -> Result<(), Fatal> {
        let (id, actor) = self.ensure(address)?;
        let Some(mut state) = view::contract(self.executor, &actor)? else {
            return Ok(());
        };
        let store = self.executor.state().store().clone();
        state.contract_state = no_slots(&store)?;
        self.put_contract(id, &state)
    }

    /// The state as it is now, for changes of other kinds.
    pub fn executor(&mut self) -> &mut Executor {
        self.executor
    }

    fn put_contract(&mut self, id: ActorID, state: &State) -> Result<(), Fatal> {
        let tree = self.executor.state();
        let root = tree
            .store()
            .put_cbor(state, Code::Blake2b256)
            .or_fatal("writing a contract's state")?;
        tree.set_root(id, root)
    }

    fn change(&mut self, address: &Address, change: impl FnOnce(&mut Actor)) -> Result<(), Fatal> {
        let (id, _) = self.ensure(address)?;
        self.put(id, change)
    }

    fn put(&mut self, id: ActorID, change: impl FnOnce(&mut Actor)) -> Result<(), Fatal> {
        let state = self.executor.state();
        let mut actor = state
            .actor(id)?
            .cloned()
            .ok_or_else(|| Fatal::new(format!("there is no actor f0{id}")))?;
        change(&mut actor);
        state.set_actor(id, actor)
    }

    /// The actor at an address, made if there is none.
    fn ensure(&mut self, address: &Address) -> Result<(ActorID, Actor), Fatal> {
        if let Some(found) = view::actor(self.executor, address)? {
            return Ok(found);
        }
        let manifest = self.executor.manifest();
        let (code, delegated) = match address.payload() {
            Payload::Delegated(_) => (manifest.placeholder, Some(*address)),
            Payload::Secp256k1(_) | Payload::BLS(_) => (Some(manifest.account), None),
            Payload::ID(_) | Payload::Actor(_) => {
                return Err(Fatal::new(format!("there is no actor {address}")));
            }
        };
        let code = code.ok_or_else(|| Fatal::new("these actors have no placeholders"))?;
        let mut actor = Actor::new(code, delegated);
        let state = self.executor.state();
        if delegated.is_none() {
            actor.root = state
                .store()
                .put_cbor(&(*address,), Code::Blake2b256)
                .or_fatal("writing an account")?;
        }
        let id = state.assign_id(address)?;
        state.set_actor(id, actor.clone())?;
        Ok((id, actor))
    }
}

fn no_slots(store: &dyn Blockstore) -> Result<Cid, Fatal> {
    evm::write_empty(store).map_err(|error| Fatal::new(format!("writing no slots: {error}")))
}

impl std::fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Edit")
    }
}
