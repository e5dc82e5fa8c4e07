//! What the storage actors hold, in Lotus' forms.

pub(in crate::methods) mod market;
pub(in crate::methods) mod miner;
pub(in crate::methods) mod network;
pub(in crate::methods) mod verified;

use std::sync::Arc;

use atoll_actors::state::Store;
use atoll_actors::{ActorError, ActorKind, Policy, miner as miner_actor, multisig};
use atoll_chain::{Chain, StateView, Tipset};
use atoll_vm::Actor;
use fvm_ipld_encoding::CborStore;
use fvm_shared::ActorID;
use fvm_shared::address::Address as FilecoinAddress;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use serde::de::DeserializeOwned;

use crate::forms::filecoin::{Address, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{state, tipset};

/// The state after a tipset, opened to read what storage actors hold.
pub(in crate::methods) struct Reader<'c> {
    chain: &'c Chain,
    tipset: Arc<Tipset>,
    state: StateView<'c>,
    blocks: atoll_vm::Store,
}

/// A state of an actor that can't be read is no fault of the node: it may be one of another
/// version.
pub(in crate::methods) fn unreadable(error: ActorError) -> Error {
    Error::refused(format!("reading the state: {error}"))
}

impl<'c> Reader<'c> {
    pub(in crate::methods) fn open(
        caller: &'c Caller<'_>,
        key: Option<TipsetKey>,
    ) -> Result<Self, Error> {
        let chain = caller.chain();
        let tipset = tipset(caller, key)?;
        let mut state = chain.state(&tipset)?;
        let blocks = state.blocks();
        Ok(Self {
            chain,
            tipset,
            state,
            blocks,
        })
    }

    /// The store, as actors read it.
    pub(in crate::methods) fn store(&self) -> Store<'_> {
        Store(&self.blocks)
    }

    pub(in crate::methods) fn policy(&self) -> &Policy {
        self.chain.policy()
    }

    pub(in crate::methods) fn epoch(&self) -> ChainEpoch {
        self.tipset.epoch()
    }

    /// The FIL in circulation, as actors see it.
    pub(in crate::methods) fn circulating_supply(&self) -> &TokenAmount {
        self.state.circulating_supply()
    }

    pub(in crate::methods) fn actor(
        &mut self,
        address: &FilecoinAddress,
    ) -> Result<(ActorID, Actor), Error> {
        let found = self.state.actor(address)?;
        found.ok_or_else(|| state::not_found(&Address(*address)))
    }

    /// The state of one of the actors that exist once.
    pub(in crate::methods) fn singleton<S: DeserializeOwned>(
        &mut self,
        id: ActorID,
    ) -> Result<S, Error> {
        let (_, actor) = self.actor(&FilecoinAddress::new_id(id))?;
        self.state_of(&actor)
    }

    fn state_of<S: DeserializeOwned>(&self, actor: &Actor) -> Result<S, Error> {
        let state = self.blocks.get_cbor(&actor.root);
        let state = state.map_err(|why| Error::refused(format!("reading the state: {why}")))?;
        state.ok_or_else(|| Error::internal(format!("block {} is missing", actor.root)))
    }

    /// A miner: its actor and its state.
    pub(in crate::methods) fn miner(&mut self, address: &FilecoinAddress) -> Result<Miner, Error> {
        let (actor, state) = self.one_of(ActorKind::Miner, address, "miner")?;
        Ok(Miner { actor, state })
    }

    /// A multisig: its actor and its state.
    pub(in crate::methods) fn multisig(
        &mut self,
        address: &FilecoinAddress,
    ) -> Result<(Actor, multisig::State), Error> {
        self.one_of(ActorKind::Multisig, address, "multisig")
    }

    /// An actor of a kind of which there are many.
    fn one_of<S: DeserializeOwned>(
        &mut self,
        kind: ActorKind,
        address: &FilecoinAddress,
        words: &str,
    ) -> Result<(Actor, S), Error> {
        let (_, actor) = self.actor(address)?;
        let name = self.state.name_of_code(&actor.code);
        if name.as_deref() != Some(kind.name()) {
            return Err(Error::refused(format!("{address} is no {words}")));
        }
        let state = self.state_of(&actor)?;
        Ok((actor, state))
    }
}

/// An id as actors know it.
pub(in crate::methods) fn id_address(id: ActorID) -> FilecoinAddress {
    FilecoinAddress::new_id(id)
}

/// A miner, read.
pub(in crate::methods) struct Miner {
    pub(in crate::methods) actor: Actor,
    pub(in crate::methods) state: miner_actor::state::State,
}
