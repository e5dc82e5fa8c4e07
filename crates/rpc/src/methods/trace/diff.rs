//! What a message changed: accounts and slots before and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_actors::evm::EthAddress;
use atoll_actors::inspector::{Begin, Inspector, Slot};
use atoll_actors::runtime::SlotMap;
use atoll_chain::{CallRequest, SharedInspector, StateView, Tipset, Trial};
use atoll_vm::actors::{BURNT_FUNDS_ACTOR, REWARD_ACTOR};
use atoll_vm::state::Atto;
use atoll_vm::{Applied, Fatal};

use super::frames::{Frame, Reader};
use crate::forms::overrides::{BlockOverrides, StateOverrides};
use crate::forms::transaction::{AccessListItem, Request};
use crate::forms::{Address, BlockId, Word};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;

/// An account with the slots that a message met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) exists: bool,
    pub(super) balance: Atto,
    pub(super) nonce: u64,
    pub(super) code: Vec<u8>,
    pub(super) slots: BTreeMap<[u8; 32], [u8; 32]>,
}

/// The accounts that a message met, before and after it. Both have the same addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Diff {
    pub(super) before: BTreeMap<Address, Account>,
    pub(super) after: BTreeMap<Address, Account>,
}

/// What a message met.
#[derive(Clone, Debug, Default)]
struct Met {
    accounts: BTreeSet<Address>,
    slots: BTreeSet<(Address, [u8; 32])>,
}

/// What the messages of a tipset changed, each of those that are wanted.
pub(super) fn of_tipset(
    caller: &Caller<'_>,
    tipset: &Tipset,
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<Diff>, Error> {
    let watcher = Arc::new(Watcher::default());
    let mut met = Vec::new();
    let inspector = Arc::clone(&watcher) as SharedInspector;
    super::replay_each(caller, tipset, Some(inspector), |traced| {
        let mut one = watcher.take();
        one.accounts.insert(eth::wire_address(traced.executed.from));
        one.add_fees();
        one.add(&traced.frame);
        met.push(one);
        Ok(())
    })?;
    // What a message met is known only after it, so that what was before takes a second run.
    let mut diffs = vec![Diff::default(); met.len()];
    caller.chain().walk(tipset, None, |between| {
        let index = between.index;
        if let Some(last) = index.checked_sub(1).filter(|last| wanted(*last)) {
            diffs[last].after = met[last].read(between.state)?;
        }
        if index < met.len() && wanted(index) {
            diffs[index].before = met[index].read(between.state)?;
        }
        Ok::<_, Error>(())
    })?;
    Ok(diffs)
}

/// What a transaction would change.
pub(super) fn of_call(
    caller: &Caller<'_>,
    transaction: &Request,
    block: Option<BlockId>,
    state: Option<&StateOverrides>,
    block_overrides: Option<&BlockOverrides>,
) -> Result<Diff, Error> {
    let request = eth::calls::request(transaction)?;
    let watcher = Arc::new(Watcher::default());
    eth::calls::with_overrides(state, block_overrides, |mut overrides| {
        overrides.tracing = true;
        overrides.inspector = Some(Arc::clone(&watcher) as SharedInspector);
        let (_, mut trial) = eth::trial_on(caller, block, &overrides)?;
        let (met, _) = met_by(&mut trial, &watcher, transaction, &request)?;
        let before = met.read(trial.state())?;
        trial.apply(&request).map_err(eth::calls::apply_error)?;
        let after = met.read(trial.state())?;
        Ok(Diff { before, after })
    })
}

/// The contracts that a transaction would meet besides its receiver, and the slots that it would
/// read or write in all of them; and what would become of it.
pub(in crate::methods) fn access_list(
    caller: &Caller<'_>,
    transaction: &Request,
    block: Option<BlockId>,
    state: Option<&StateOverrides>,
) -> Result<(Vec<AccessListItem>, Applied), Error> {
    let request = eth::calls::request(transaction)?;
    let watcher = Arc::new(Watcher::default());
    eth::calls::with_overrides(state, None, |mut overrides| {
        overrides.tracing = true;
        overrides.inspector = Some(Arc::clone(&watcher) as SharedInspector);
        let (_, mut trial) = eth::trial_on(caller, block, &overrides)?;
        let (met, applied) = met_by(&mut trial, &watcher, transaction, &request)?;
        let accounts = met.read(trial.state())?.into_iter();
        // A transaction names its sender and its receiver anyway: of them, only slots are listed.
        let named = [transaction.from, transaction.to];
        let listed = accounts.filter(|(address, account)| {
            let is_other_contract = !account.code.is_empty() && !named.contains(&Some(*address));
            !account.slots.is_empty() || is_other_contract
        });
        let items = listed.map(|(address, account)| AccessListItem {
            address,
            storage_keys: account.slots.into_keys().map(Word).collect(),
        });
        Ok((items.collect(), applied))
    })
}

/// Tries a transaction out under a watcher, and takes back what it did.
fn met_by(
    trial: &mut Trial<'_>,
    watcher: &Watcher,
    transaction: &Request,
    request: &CallRequest,
) -> Result<(Met, Applied), Error> {
    let applied = trial.call(request).map_err(eth::calls::apply_error)?;
    let from = transaction.from.unwrap_or(Address::ZERO);
    let frame = Reader::new(trial.state()).read(&applied, from, transaction.to)?;
    let mut met = watcher.take();
    met.add(&frame);
    Ok((met, applied))
}

impl Met {
    fn add(&mut self, frame: &Frame) {
        let mut waiting = vec![frame];
        while let Some(frame) = waiting.pop() {
            self.accounts.insert(frame.from);
            self.accounts.extend(frame.to);
            waiting.extend(&frame.calls);
        }
    }

    /// Those who get what gas costs.
    fn add_fees(&mut self) {
        for id in [BURNT_FUNDS_ACTOR, REWARD_ACTOR] {
            self.accounts
                .insert(eth::wire_address(EthAddress::from_id(id)));
        }
    }

    /// What all of it holds in a state.
    fn read(&self, state: &mut StateView<'_>) -> Result<BTreeMap<Address, Account>, Fatal> {
        let mut accounts = BTreeMap::new();
        let with_slots = self.slots.iter().map(|(address, _)| address);
        for address in self.accounts.iter().chain(with_slots) {
            if accounts.contains_key(address) {
                continue;
            }
            let filecoin = eth::eth_address(*address).to_filecoin();
            let account = Account {
                exists: state.actor(&filecoin)?.is_some(),
                balance: state.balance(&filecoin)?,
                nonce: state.nonce(&filecoin)?,
                code: state.code(&filecoin)?,
                slots: BTreeMap::new(),
            };
            accounts.insert(*address, account);
        }
        for (address, key) in &self.slots {
            let value = state.storage(&eth::eth_address(*address).to_filecoin(), key)?;
            if let Some(account) = accounts.get_mut(address) {
                account.slots.insert(*key, value);
            }
        }
        Ok(accounts)
    }
}

/// Notes which slots contracts read and write.
#[derive(Default)]
struct Watcher(Mutex<Watched>);

#[derive(Default)]
struct Watched {
    /// Whose state the open frames work on.
    frames: Vec<Address>,
    met: Met,
}

impl Watcher {
    /// What was met since the last time.
    fn take(&self) -> Met {
        std::mem::take(&mut *self.lock()).met
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, slot: &Slot) {
        let mut watched = self.lock();
        if let (SlotMap::Persistent, Some(address)) = (slot.map, watched.frames.last().copied()) {
            watched.met.slots.insert((address, slot.key));
        }
    }
}

impl Inspector for Watcher {
    fn begin(&self, begin: &Begin<'_>) {
        self.lock().frames.push(eth::wire_address(begin.address));
    }

    fn end(&self) {
        self.lock().frames.pop();
    }

    fn slot_read(&self, slot: &Slot) {
        self.slot(slot);
    }

    fn slot_written(&self, slot: &Slot, _: &[u8; 32]) {
        self.slot(slot);
    }
}
