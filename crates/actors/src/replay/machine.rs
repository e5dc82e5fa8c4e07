//! The machine that the scenarios were recorded on: an actor table, calls that nest and undo
//! themselves, no gas.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::{Address, Payload};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::Error;
use super::files::Genesis;
use super::format::{
    AddressText, Amount, Block, CodeName, Entry, Event, Expect, Message, SetActor, Trace,
};
use super::host::Call;
use crate::adt::Map;
use crate::check_state::{ActorEntry, Snapshot};
use crate::dispatch::dispatch;
use crate::error::ActorError;
use crate::frame::Frame;
use crate::kinds::ActorKind;
use crate::policy::Policy;
use crate::runtime::{MessageInfo, NetworkInfo, Runtime};
use crate::state::{self, Store};
use crate::{ids, init, registry};

/// How deep calls may nest here. The scenarios stay far below, and the network's 1,024 would
/// overflow a test's stack.
pub(super) const CALL_DEPTH_MAX: u32 = 128;

/// The machine.
#[derive(Debug)]
pub struct Machine {
    /// The epoch of the messages that follow.
    pub epoch: ChainEpoch,
    /// FIL in circulation.
    pub circulating_supply: TokenAmount,
    /// The base fee.
    pub base_fee: TokenAmount,
    /// The time.
    pub timestamp: u64,
    /// The CommD of no pieces by seal proof, where it isn't a fake like the others.
    pub empty_commds: BTreeMap<i64, Cid>,
    pub(super) chain_id: u64,
    pub(super) network_version: NetworkVersion,
    pub(super) policy: Policy,
    pub(super) store: MemoryBlockstore,
    table: RefCell<Table>,
    /// The actors that are played from the recording, and those that were.
    play: Vec<ActorKind>,
    played: RefCell<BTreeSet<ActorKind>>,
}

/// The actor table, and what it held before each change since the message began.
#[derive(Debug, Default)]
struct Table {
    actors: BTreeMap<ActorID, Entry>,
    undo: Vec<(ActorID, Option<Entry>)>,
}

/// What became of a message.
#[derive(Debug)]
pub struct Applied {
    /// Its exit code.
    pub exit_code: ExitCode,
    /// What it returns, or the data of its failure.
    pub data: Option<IpldBlock>,
    /// What the actor said that failed.
    pub words: Option<String>,
    /// The calls.
    pub trace: Trace,
    /// The entries that differ from before, `None` if gone.
    pub heads: BTreeMap<ActorID, Option<Entry>>,
}

/// What all calls of a message have in common.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) id: ActorID,
    /// As written in the message: f2 addresses are made of it.
    pub(super) address: Address,
    pub(super) nonce: u64,
    pub(super) network: NetworkInfo,
}

/// A call to make.
#[derive(Debug)]
pub(super) struct Request<'r> {
    pub(super) from: ActorID,
    pub(super) to: Address,
    pub(super) method: MethodNum,
    pub(super) params: Option<IpldBlock>,
    pub(super) value: TokenAmount,
    pub(super) read_only: bool,
    pub(super) depth: u32,
    /// The same call in the recording, if there is one.
    pub(super) recorded: Option<&'r Trace>,
}

pub(super) type CallResult = Result<Option<IpldBlock>, ActorError>;

impl Machine {
    /// The machine at genesis. The actors named, and those that there are none of, are played
    /// from the recording.
    ///
    /// # Errors
    /// If the genesis makes no sense.
    pub fn new(genesis: &Genesis, play: &[ActorKind]) -> Result<Self, Error> {
        let is_played = |kind: &ActorKind| play.contains(kind) || registry::actor(*kind).is_none();
        let store = MemoryBlockstore::default();
        for (cid, block) in &genesis.blocks {
            store.put_keyed(cid, block).map_err(machine_error)?;
        }
        store
            .put_keyed(&state::empty_root(), &state::EMPTY_BLOCK)
            .map_err(machine_error)?;
        let text = &genesis.text;
        let actors = text
            .actors
            .iter()
            .map(|(address, entry)| Ok((address.id()?, entry.clone())));
        Ok(Self {
            epoch: text.epoch,
            circulating_supply: text.circulating_supply.0.clone(),
            base_fee: text.base_fee.0.clone(),
            timestamp: text.timestamp,
            empty_commds: BTreeMap::new(),
            chain_id: text.chain_id,
            network_version: NetworkVersion::new(text.network_version),
            policy: Policy::mainnet(),
            store,
            table: RefCell::new(Table {
                actors: actors.collect::<Result<_, Error>>()?,
                undo: Vec::new(),
            }),
            play: ActorKind::ALL.into_iter().filter(is_played).collect(),
            played: RefCell::default(),
        })
    }

    /// Overwrites an entry of the actor table.
    ///
    /// # Errors
    /// If the address isn't an f0 or a block's CID isn't one.
    pub fn set_actor(&mut self, actor: &SetActor) -> Result<(), Error> {
        for (cid, block) in &actor.blocks {
            let cid = cid
                .parse()
                .map_err(|e| Error::Format(format!("{cid}: {e}")))?;
            self.store
                .put_keyed(&cid, &block.0)
                .map_err(machine_error)?;
        }
        let entry = Entry {
            code: actor.code,
            head: actor.head,
            sequence: actor.sequence,
            balance: actor.balance.clone(),
            delegated: actor.delegated,
        };
        self.put(actor.address.id()?, Some(entry));
        Ok(())
    }

    /// Executes a message. What was recorded of it, if anything, serves to play the actors that
    /// are played.
    ///
    /// # Errors
    /// If the sender is nobody.
    pub fn apply(
        &mut self,
        message: &Message,
        recorded: Option<&Expect>,
    ) -> Result<Applied, Error> {
        self.table.borrow_mut().undo.clear();
        let origin = self.admit(message)?;
        let admitted = self.checkpoint();
        let request = Request {
            from: origin.id,
            to: message.to.0,
            method: message.method,
            params: message.params.as_ref().map(Block::to_ipld),
            value: message.value.0.clone(),
            read_only: false,
            depth: 0,
            recorded: recorded.map(|recorded| &recorded.trace),
        };
        let (result, trace) = self.call(&origin, request);
        let (exit_code, data, words) = match result {
            Ok(data) => (ExitCode::OK, data, None),
            Err(error) => {
                self.roll_back(admitted);
                (error.code, error.data, Some(error.words))
            }
        };
        if let Some(recorded) = recorded {
            self.adopt_heads(recorded)?;
        }
        Ok(Applied {
            exit_code,
            data,
            words,
            trace,
            heads: self.changes(),
        })
    }

    /// What stays even if the message fails: the sequence number, and that a placeholder which
    /// sends becomes an account.
    fn admit(&self, message: &Message) -> Result<Origin, Error> {
        let address = message.from.0;
        let unknown = || Error::Machine(format!("the sender {address} is nobody"));
        let id = self
            .resolve(&address)
            .map_err(machine_error)?
            .ok_or_else(unknown)?;
        let mut sender = self.actor(id).ok_or_else(unknown)?;
        let nonce = sender.sequence;
        sender.sequence = nonce
            .checked_add(1)
            .ok_or_else(|| Error::Machine("the last sequence number".into()))?;
        if sender.code.0 == ActorKind::Placeholder {
            sender.code = CodeName(ActorKind::EthAccount);
        }
        self.put(id, Some(sender));
        Ok(Origin {
            id,
            address,
            nonce,
            network: self.network(),
        })
    }

    fn network(&self) -> NetworkInfo {
        NetworkInfo {
            epoch: self.epoch,
            timestamp: self.timestamp,
            version: self.network_version,
            chain_id: self.chain_id,
            base_fee: self.base_fee.clone(),
        }
    }

    /// Lets `act` stand for the actor that a call of `method` reaches, with all that an actor sees
    /// of the machine. So single functions of actors are tried.
    pub fn stand_in<R>(
        &self,
        caller: ActorID,
        receiver: ActorID,
        method: MethodNum,
        act: impl FnOnce(&dyn Runtime) -> R,
    ) -> R {
        let origin = Origin {
            id: caller,
            address: Address::new_id(caller),
            nonce: 0,
            network: self.network(),
        };
        let request = Request {
            from: caller,
            to: Address::new_id(receiver),
            method,
            params: None,
            value: TokenAmount::default(),
            read_only: false,
            depth: 0,
            recorded: None,
        };
        act(&self.frame(&origin, receiver, &request, 0))
    }

    fn frame<'m>(
        &'m self,
        origin: &'m Origin,
        receiver: ActorID,
        request: &Request<'m>,
        calls_before: usize,
    ) -> Call<'m> {
        Call {
            machine: self,
            origin,
            message: MessageInfo {
                origin: origin.id,
                nonce: origin.nonce,
                gas_premium: TokenAmount::default(),
                caller: request.from,
                receiver,
                method: request.method,
                value_received: request.value.clone(),
                read_only: request.read_only,
            },
            depth: request.depth,
            recorded: request.recorded,
            calls_before,
            frame: Frame::default(),
            created: Cell::new(0),
            events: RefCell::default(),
            calls: RefCell::default(),
        }
    }

    /// Makes a call; what it did is undone if it fails.
    pub(super) fn call(&self, origin: &Origin, request: Request<'_>) -> (CallResult, Trace) {
        let mut trace = Trace {
            from: request.from,
            to: AddressText(request.to),
            value: Amount(request.value.clone()),
            method: request.method,
            params: request.params.as_ref().map(Block::from_ipld),
            exit_code: 0,
            r#return: None,
            events: Vec::new(),
            subinvocations: Vec::new(),
        };
        let before = self.checkpoint();
        let result = self.call_and_trace(origin, request, &mut trace);
        match &result {
            Ok(data) => trace.r#return = data.as_ref().map(Block::from_ipld),
            Err(error) => {
                self.roll_back(before);
                trace.exit_code = error.code.value();
            }
        }
        (result, trace)
    }

    fn call_and_trace(
        &self,
        origin: &Origin,
        request: Request<'_>,
        trace: &mut Trace,
    ) -> CallResult {
        let resolved = self
            .resolve(&request.to)?
            .filter(|id| self.actor(*id).is_some());
        if let Some(id) = resolved {
            trace.to = AddressText(Address::new_id(id));
        }
        self.debit(&request)?;
        let to = match resolved {
            Some(id) => id,
            None => self.create_receiver(origin, &request, trace)?,
        };
        trace.to = AddressText(Address::new_id(to));
        self.credit(to, &request.value)?;
        if request.method == METHOD_SEND {
            return Ok(None);
        }
        self.run(origin, to, request, trace)
    }

    fn debit(&self, request: &Request<'_>) -> Result<(), ActorError> {
        let value = &request.value;
        if value.is_zero() {
            return Ok(());
        }
        if value.is_negative() {
            return Err(ActorError::new(
                ExitCode::SYS_ASSERTION_FAILED,
                "negative value",
            ));
        }
        let mut from = self.require(request.from)?;
        if from.balance.0 < *value {
            return Err(ActorError::new(
                ExitCode::SYS_INSUFFICIENT_FUNDS,
                "too little to send",
            ));
        }
        if request.read_only {
            return Err(ActorError::read_only("value in a read-only call"));
        }
        from.balance.0 -= value;
        self.put(request.from, Some(from));
        Ok(())
    }

    fn credit(&self, id: ActorID, value: &TokenAmount) -> Result<(), ActorError> {
        let mut to = self.require(id)?;
        to.balance.0 += value;
        self.put(id, Some(to));
        Ok(())
    }

    /// An account for a key's address, a placeholder in a namespace that has its manager.
    fn create_receiver(
        &self,
        origin: &Origin,
        request: &Request<'_>,
        trace: &mut Trace,
    ) -> Result<ActorID, ActorError> {
        let is_key = match request.to.payload() {
            Payload::Secp256k1(_) | Payload::BLS(_) => true,
            Payload::Delegated(address) if self.actor(address.namespace()).is_some() => false,
            _ => {
                let words = format!("there is no {} and can't be", request.to);
                return Err(ActorError::new(ExitCode::SYS_INVALID_RECEIVER, words));
            }
        };
        if request.read_only {
            return Err(ActorError::read_only("creation in a read-only call"));
        }
        let id = self.map_address(&request.to)?;
        if !is_key {
            self.create(ActorKind::Placeholder, id, Some(request.to))?;
            return Ok(id);
        }
        self.create(ActorKind::Account, id, None)?;
        let constructor = Request {
            from: ids::SYSTEM,
            to: Address::new_id(id),
            method: METHOD_CONSTRUCTOR,
            params: crate::send::params(&request.to)?,
            value: TokenAmount::default(),
            read_only: false,
            depth: request.depth,
            recorded: request
                .recorded
                .and_then(|call| call.subinvocations.first()),
        };
        let (result, constructed) = self.call(origin, constructor);
        trace.subinvocations.push(constructed);
        result.map(|_| id)
    }

    /// Has the init actor's state give an address its id.
    fn map_address(&self, address: &Address) -> Result<ActorID, ActorError> {
        let mut entry = self.require(ids::INIT)?;
        let mut state = self.init_state()?;
        let mapped = state.map_addresses(self.blocks(), address, None)?;
        let code = ExitCode::USR_ILLEGAL_STATE;
        entry.head = self
            .blocks()
            .write(&state, code, "the init actor's state")?;
        self.put(ids::INIT, Some(entry));
        Ok(mapped.id)
    }

    fn run(
        &self,
        origin: &Origin,
        to: ActorID,
        request: Request<'_>,
        trace: &mut Trace,
    ) -> CallResult {
        let CodeName(kind) = self.require(to)?.code;
        if kind == ActorKind::Placeholder {
            return Err(ActorError::unhandled_message(
                "a placeholder only takes value",
            ));
        }
        let Some(actor) = registry::actor(kind).filter(|_| !self.play.contains(&kind)) else {
            self.played.borrow_mut().insert(kind);
            return self.play_call(origin, to, &request, trace);
        };
        let call = self.frame(origin, to, &request, trace.subinvocations.len());
        let result = dispatch(actor, &call, request.params);
        trace.events.extend(call.events.into_inner());
        trace.subinvocations.extend(call.calls.into_inner());
        result
    }

    /// Creates an actor, or makes a placeholder one of another kind.
    pub(crate) fn create(
        &self,
        kind: ActorKind,
        id: ActorID,
        delegated: Option<Address>,
    ) -> Result<(), ActorError> {
        let code = CodeName(kind);
        let entry = match self.actor(id) {
            Some(entry) if entry.code.0 == ActorKind::Placeholder => Entry { code, ..entry },
            Some(_) => return Err(ActorError::forbidden(format!("there is an f0{id} already"))),
            None => Entry {
                code,
                head: state::empty_root(),
                sequence: 0,
                balance: Amount::default(),
                delegated: delegated.map(AddressText),
            },
        };
        self.put(id, Some(entry));
        Ok(())
    }

    /// The id of an address, by the init actor's state.
    pub(super) fn resolve(&self, address: &Address) -> Result<Option<ActorID>, ActorError> {
        match address.payload() {
            Payload::ID(id) => Ok(Some(*id)),
            _ => self.init_state()?.resolve(self.blocks(), address),
        }
    }

    fn init_state(&self) -> Result<init::State, ActorError> {
        let head = self.require(ids::INIT)?.head;
        self.blocks()
            .read(&head, ExitCode::USR_ILLEGAL_STATE, "the init actor's state")
    }

    pub(super) fn blocks(&self) -> Store<'_> {
        Store(&self.store)
    }

    pub(super) fn actor(&self, id: ActorID) -> Option<Entry> {
        self.table.borrow().actors.get(&id).cloned()
    }

    pub(super) fn require(&self, id: ActorID) -> Result<Entry, ActorError> {
        self.actor(id)
            .ok_or_else(|| ActorError::illegal_state(format!("f0{id} is gone")))
    }

    pub(super) fn put(&self, id: ActorID, entry: Option<Entry>) {
        let mut table = self.table.borrow_mut();
        let old = match entry {
            Some(entry) => table.actors.insert(id, entry),
            None => table.actors.remove(&id),
        };
        table.undo.push((id, old));
    }

    fn checkpoint(&self) -> usize {
        self.table.borrow().undo.len()
    }

    fn roll_back(&self, checkpoint: usize) {
        let table = &mut *self.table.borrow_mut();
        while table.undo.len() > checkpoint
            && let Some((id, old)) = table.undo.pop()
        {
            match old {
                Some(old) => table.actors.insert(id, old),
                None => table.actors.remove(&id),
            };
        }
    }

    /// The entries that differ from before the message.
    fn changes(&self) -> BTreeMap<ActorID, Option<Entry>> {
        let table = self.table.borrow();
        let mut before = BTreeMap::new();
        for (id, old) in &table.undo {
            before.entry(*id).or_insert(old.as_ref());
        }
        let changed = |(id, old): (ActorID, Option<&Entry>)| {
            let now = table.actors.get(&id);
            (now != old).then(|| (id, now.cloned()))
        };
        before.into_iter().filter_map(changed).collect()
    }

    /// The root of the actor table as the recording machine keeps it, which is not how a chain
    /// does.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn table_root(&self) -> Result<Cid, Error> {
        let mut map = Map::<Address, TableRow>::empty(self.blocks(), "actor table");
        for (id, entry) in &self.table.borrow().actors {
            let row = TableRow {
                code: entry.code.cid(),
                head: entry.head,
                sequence: entry.sequence,
                balance: entry.balance.0.clone(),
                delegated: entry.delegated.map(|address| address.0),
            };
            map.set(&Address::new_id(*id), row).map_err(machine_error)?;
        }
        map.flush().map_err(machine_error)
    }

    /// The actors as they are now, to be checked.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<'_> {
        let table = self.table.borrow();
        let view = |entry: &Entry| ActorEntry {
            kind: entry.code.0,
            head: entry.head,
            balance: entry.balance.0.clone(),
        };
        Snapshot {
            actors: table
                .actors
                .iter()
                .map(|(id, entry)| (*id, view(entry)))
                .collect(),
            store: self.blocks(),
            policy: &self.policy,
            epoch: self.epoch,
        }
    }

    /// The actors that were played from the recording so far.
    #[must_use]
    pub fn played(&self) -> BTreeSet<ActorKind> {
        self.played.borrow().clone()
    }

    pub(super) fn plays(&self, kind: ActorKind) -> bool {
        self.play.contains(&kind)
    }

    /// A block of ours.
    ///
    /// # Errors
    /// If the store fails.
    pub fn block(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
        self.store.get(cid).map_err(machine_error)
    }
}

#[derive(Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
struct TableRow {
    code: Cid,
    head: Cid,
    sequence: u64,
    balance: TokenAmount,
    delegated: Option<Address>,
}

/// What a call leaves behind besides its answer.
pub(super) type Events = RefCell<Vec<Event>>;
/// The calls that a call makes.
pub(super) type Calls = RefCell<Vec<Trace>>;

fn machine_error(error: impl std::fmt::Display) -> Error {
    Error::Machine(error.to_string())
}
