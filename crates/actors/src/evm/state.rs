//! The state of a contract, and the contract while one of its frames runs.

use atoll_keccak::keccak_256;
use cid::Cid;
use fvm_ipld_blockstore::{Block, Blockstore};
use fvm_ipld_encoding::{CborStore, strict_bytes};
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, IPLD_RAW};
use multihash_codetable::Code;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::{ActorError, OrExit};
use crate::runtime::{Runtime, Send, SlotMap};
use crate::send::Sent;
use crate::state::Store;

use super::cache;
use super::gas;
use super::near::Keys;
use super::storage::{EMPTY_SLOTS, write_empty};

/// The largest code a contract may have (EIP-170).
const CODE_SIZE_MAX: usize = 24 << 10;

/// The state block of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Its code: a raw block.
    pub bytecode: Cid,
    /// The keccak-256 of its code.
    pub bytecode_hash: CodeHash,
    /// Its slots as of the last flush (`storage`).
    pub contract_state: Cid,
    /// Its transient slots, with the message they belong to (FIP-0097).
    pub transient_data: Option<TransientData>,
    /// How many contracts it has created, plus one. (FIP-0054 starts at 0; the network at 1.)
    pub nonce: u64,
    /// Set by SELFDESTRUCT, with the message that did it.
    pub tombstone: Option<Lifespan>,
}

/// The keccak-256 of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CodeHash(#[serde(with = "strict_bytes")] pub [u8; 32]);

impl CodeHash {
    /// The hash of no code.
    #[must_use]
    pub fn empty() -> Self {
        Self(keccak_256(&[]))
    }

    /// The hash that EXTCODEHASH shows for actors that are no contracts: that of `0xfe`.
    #[must_use]
    pub fn native() -> Self {
        Self(keccak_256(&[super::NATIVE_CODE]))
    }
}

/// Transient slots, and the message that wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct TransientData {
    /// The slots as of the last flush.
    pub slots: Cid,
    /// Whose they are.
    pub lifespan: Lifespan,
}

/// A message, named by who signed it and its sequence number. Implicit messages with the same
/// pair count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Lifespan {
    /// Who signed it.
    pub origin: ActorID,
    /// Its sequence number.
    pub nonce: u64,
}

impl Lifespan {
    fn current(rt: &dyn Runtime) -> Self {
        let message = rt.message();
        Self {
            origin: message.origin,
            nonce: message.nonce,
        }
    }
}

impl State {
    /// Reads the state of the contract that runs.
    pub(super) fn load(rt: &dyn Runtime) -> Result<(Cid, Self), ActorError> {
        let root = rt.root()?;
        if let Some(state) = cache::state(&root) {
            return Ok((root, state));
        }
        let state: Self = Store::of(rt)
            .get_cbor(&root)
            .or_exit(ExitCode::USR_SERIALIZATION, "decode a contract's state")?
            .or_illegal_state("load a contract's state")?;
        cache::remember_state(root, &state);
        Ok((root, state))
    }

    /// Did the contract destroy itself in an earlier message? In the message that does it, it
    /// works on.
    pub(super) fn is_dead(&self, rt: &dyn Runtime) -> bool {
        self.tombstone
            .is_some_and(|tombstone| tombstone != Lifespan::current(rt))
    }
}

/// A contract while one of its frames runs.
pub(super) struct Contract<'r> {
    pub(super) rt: &'r dyn Runtime,
    /// May this frame change anything? A dead contract may not, whoever calls it.
    pub(super) read_only: bool,
    /// The state as this frame knows it; `None` while a new contract has no code.
    state: Option<State>,
    /// The state as it was last read or written, with its head; `None` for a new contract.
    saved: Option<(Cid, State)>,
    /// Did anything change since, be it only a slot?
    dirty: bool,
    /// The slots that changed since, and what they will cost when the state is written.
    changed_slots: Keys,
    changes_gas: u64,
    lifespan: Lifespan,
}

impl<'r> Contract<'r> {
    /// A contract without code, slots or past.
    fn blank(rt: &'r dyn Runtime, read_only: bool) -> Self {
        Self {
            rt,
            read_only,
            state: None,
            saved: None,
            dirty: true,
            changed_slots: Keys::default(),
            changes_gas: 0,
            lifespan: Lifespan::current(rt),
        }
    }

    /// Does its initcode still run?
    pub(super) fn is_new(&self) -> bool {
        self.state.is_none()
    }

    /// A contract where there was none.
    pub(super) fn create(rt: &'r dyn Runtime) -> Result<Self, ActorError> {
        if rt.root()? != crate::state::empty_root() {
            return Err(ActorError::illegal_state("there is a contract already"));
        }
        Self::start(rt)
    }

    /// A contract where one destroyed itself.
    pub(super) fn resurrect(rt: &'r dyn Runtime) -> Result<Self, ActorError> {
        if !State::load(rt)?.1.is_dead(rt) {
            return Err(ActorError::forbidden("the contract is alive"));
        }
        rt.clear_slots(SlotMap::Persistent)?;
        rt.clear_slots(SlotMap::Transient)?;
        Self::start(rt)
    }

    fn start(rt: &'r dyn Runtime) -> Result<Self, ActorError> {
        // The state names this block even if no slot is ever folded into it.
        write_empty(rt.store())?;
        Ok(Self::blank(rt, rt.message().read_only))
    }

    /// The contract that was called.
    pub(super) fn load(rt: &'r dyn Runtime) -> Result<Self, ActorError> {
        let (root, state) = State::load(rt)?;
        if state.is_dead(rt) {
            return Ok(Self::blank(rt, true));
        }
        let read_only = rt.message().read_only;
        let saved = Some((root, state.clone()));
        Ok(Self {
            state: Some(state),
            saved,
            dirty: false,
            ..Self::blank(rt, read_only)
        })
    }

    /// The block of its code, unless it is dead or has none yet.
    pub(super) fn bytecode(&self) -> Option<Cid> {
        self.state.as_ref().map(|state| state.bytecode)
    }

    /// Gives the contract its code. A constructor may return anything.
    pub(super) fn set_bytecode(&mut self, code: &[u8]) -> Result<(), ActorError> {
        if code.len() > CODE_SIZE_MAX {
            return Err(ActorError::illegal_argument(format!(
                "{} bytes of code are more than {CODE_SIZE_MAX} (EIP-170)",
                code.len()
            )));
        }
        if code.first() == Some(&0xef) {
            return Err(ActorError::illegal_argument(
                "code may not start with 0xef (EIP-3541)",
            ));
        }
        self.rt.charge("evm deposit", gas::deposit(code.len()))?;
        let bytecode = Store::of(self.rt)
            .put(Code::Blake2b256, &Block::new(IPLD_RAW, code))
            .or_illegal_state("write the code")?;
        let state = self.state.get_or_insert_with(|| State {
            bytecode,
            bytecode_hash: CodeHash::empty(),
            contract_state: *EMPTY_SLOTS,
            transient_data: None,
            nonce: 1,
            tombstone: None,
        });
        state.bytecode = bytecode;
        state.bytecode_hash = CodeHash(keccak_256(code));
        self.dirty = true;
        Ok(())
    }

    /// The state, to be changed. A contract under construction starts with no code.
    fn changed(&mut self) -> Result<&mut State, ActorError> {
        if self.state.is_none() {
            self.set_bytecode(&[])?;
        }
        self.dirty = true;
        Ok(self.state.as_mut().expect("set_bytecode gives it a state"))
    }

    /// The value of a slot.
    pub(super) fn slot(&mut self, map: SlotMap, key: &[u8; 32]) -> Result<[u8; 32], ActorError> {
        if map == SlotMap::Transient && !self.transient_is_current() {
            return Ok([0; 32]);
        }
        if let Some(value) = self.rt.slot(map, key)? {
            return Ok(value);
        }
        let Some(state) = &self.state else {
            return Ok([0; 32]);
        };
        let root = match map {
            SlotMap::Persistent => Some(state.contract_state),
            SlotMap::Transient => state.transient_data.map(|data| data.slots),
        };
        match root.filter(|root| *root != *EMPTY_SLOTS) {
            Some(root) => cache::slot(self.rt.store(), &root, key),
            None => Ok([0; 32]),
        }
    }

    /// Gives a slot another value than it has.
    pub(super) fn set_slot(
        &mut self,
        map: SlotMap,
        key: &[u8; 32],
        old: &[u8; 32],
        value: &[u8; 32],
    ) -> Result<(), ActorError> {
        if map == SlotMap::Transient && !self.transient_is_current() {
            self.rt.clear_slots(SlotMap::Transient)?;
            let data = TransientData {
                slots: *EMPTY_SLOTS,
                lifespan: self.lifespan,
            };
            self.changed()?.transient_data = Some(data);
        }
        if map == SlotMap::Persistent {
            let place = self.changed_slots.meet(key);
            if !place.is_known() {
                let gas = gas::change(place, old, value);
                self.changes_gas = self.changes_gas.saturating_add(gas);
            }
        }
        self.changed()?;
        self.rt.set_slot(map, key, value)
    }

    /// Do the transient slots in the state belong to this message?
    fn transient_is_current(&self) -> bool {
        let data = self.state.as_ref().and_then(|state| state.transient_data);
        data.is_some_and(|data| data.lifespan == self.lifespan)
    }

    /// How many contracts it has created, plus one.
    pub(super) fn nonce(&self) -> u64 {
        self.state.as_ref().map_or(1, |state| state.nonce)
    }

    /// Counts a creation.
    pub(super) fn raise_nonce(&mut self) -> Result<(), ActorError> {
        let state = self.changed()?;
        state.nonce = state
            .nonce
            .checked_add(1)
            .ok_or_else(|| ActorError::assertion_failed("no contract creates 2^64 others"))?;
        Ok(())
    }

    /// Marks the contract as gone from the next message on.
    pub(super) fn bury(&mut self) -> Result<(), ActorError> {
        let lifespan = self.lifespan;
        self.changed()?.tombstone = Some(lifespan);
        Ok(())
    }

    /// Writes the state if it changed. Other frames of the same contract see it from then on.
    pub(super) fn save(&mut self) -> Result<(), ActorError> {
        if !self.dirty {
            return Ok(());
        }
        if self.read_only {
            return Err(ActorError::forbidden("the contract is called read-only"));
        }
        let rt = self.rt;
        let slots = (!self.changed_slots.is_empty()).then_some(self.changes_gas);
        rt.charge("evm state", gas::save(slots))?;
        if let Some(inspector) = rt.inspector() {
            inspector.state_written();
        }
        self.changed_slots.clear();
        self.changes_gas = 0;
        let current = self.transient_is_current();
        let state = self.changed()?;
        // Transient slots of an earlier message are dropped by the first change after it.
        if !current && state.transient_data.take().is_some() {
            rt.clear_slots(SlotMap::Transient)?;
        }
        // Slots are in the journal already: often nothing else has changed.
        let state = state.clone();
        if self.saved.as_ref().is_none_or(|(_, saved)| *saved != state) {
            let root = Store::of(rt)
                .put_cbor(&state, Code::Blake2b256)
                .or_illegal_state("write a contract's state")?;
            rt.set_root(&root)?;
            self.saved = Some((root, state));
        }
        self.dirty = false;
        Ok(())
    }

    /// Calls another actor: writes the own state before, and reads it again after a success, so
    /// that all frames of a contract share one state. After a failure the own state stands.
    ///
    /// The outer error ends this frame; the inner one says that no call was made.
    pub(super) fn send(&mut self, call: Send) -> Result<Sent, ActorError> {
        self.save()?;
        let sent = self.rt.send(call)?;
        if sent.as_ref().is_ok_and(|reply| reply.code.is_success()) {
            self.reload()?;
        }
        Ok(sent)
    }

    fn reload(&mut self) -> Result<(), ActorError> {
        // Nothing that a read-only frame calls can change anything.
        if self.read_only {
            return Ok(());
        }
        let root = self.rt.root()?;
        if self.saved.as_ref().is_some_and(|(saved, _)| *saved == root) {
            return Ok(());
        }
        let (root, state) = State::load(self.rt)?;
        self.state = Some(state.clone());
        self.saved = Some((root, state));
        Ok(())
    }
}
