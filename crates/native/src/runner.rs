//! The runner of native code.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use atoll_actors::evm::EthereumGas;
use atoll_actors::{Actor, Inspector, Policy, evm};
use atoll_vm::trace::Watcher;
use atoll_vm::{Entry, Fatal, Kernel, Runner, Slot, SlotMap, Stop, Store};
use cid::Cid;
use fvm_shared::sys::BlockId;

use crate::codes;
use crate::runtime::{KernelRuntime, Surroundings};
use crate::tell;

/// Runs native actors.
pub struct NativeRunner {
    actors: BTreeMap<Cid, &'static Actor>,
    policy: Policy,
    inspector: Option<SharedInspector>,
    ethereum_gas: Option<Arc<EthereumGas>>,
}

/// Who watches messages run, from whatever thread.
pub type SharedInspector = Arc<dyn Inspector + Send + Sync>;

impl NativeRunner {
    /// Runs every native actor, under its own code CID.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            actors: codes::all().collect(),
            policy,
            inspector: None,
            ethereum_gas: None,
        }
    }

    /// Shows to an inspector what happens in each message, whatever actors it calls, and every step
    /// of every contract.
    #[must_use]
    pub fn watched_by(mut self, inspector: SharedInspector) -> Self {
        self.inspector = Some(inspector);
        self
    }

    /// Counts Ethereum's gas as well, which then is what limits contracts: for Ethereum's tests.
    #[must_use]
    pub fn counting_ethereum_gas(mut self, account: Arc<EthereumGas>) -> Self {
        self.ethereum_gas = Some(account);
        self
    }

    /// Runs native actors in place of another chain's code ([`codes::standing_in`]).
    #[must_use]
    pub fn standing_in<'a>(mut self, manifest: impl IntoIterator<Item = (&'a str, Cid)>) -> Self {
        self.actors.extend(codes::standing_in(manifest));
        self
    }

    /// The codes that it runs.
    pub fn codes(&self) -> impl Iterator<Item = &Cid> {
        self.actors.keys()
    }
}

impl Runner for NativeRunner {
    fn run(&self, kernel: Kernel, entry: &Entry) -> (Kernel, Result<Option<BlockId>, Stop>) {
        let Some(actor) = self.actors.get(&entry.code) else {
            let words = format!("no native actor has code {}", entry.code);
            return (kernel, Err(Fatal::new(words).into()));
        };
        let surroundings = Surroundings {
            policy: &self.policy,
            inspector: self
                .inspector
                .as_deref()
                .map(|inspector| inspector as &dyn Inspector),
            ethereum_gas: self.ethereum_gas.as_deref(),
        };
        KernelRuntime::run(kernel, entry, actor, surroundings)
    }

    fn fold_slots(
        &self,
        code: &Cid,
        root: &Cid,
        slots: &[Slot],
        store: &Store,
    ) -> Result<Cid, Fatal> {
        let of = |map| -> Vec<evm::SlotWrite> {
            slots
                .iter()
                .filter(|slot| slot.map == map)
                .map(|s| (s.key, s.value))
                .collect()
        };
        evm::fold_slots(
            store,
            &store.past_buffer(),
            root,
            &of(SlotMap::Persistent),
            &of(SlotMap::Transient),
        )
        .map_err(|error| Fatal::new(format!("folding the slots of code {code}: {error}")))
    }

    fn watcher(&self) -> Option<Watcher> {
        let inspector = self.inspector.clone()?;
        let kinds = self.actors.iter().map(|(code, actor)| (*code, actor.kind));
        Some(tell::watcher(inspector, kinds.collect()))
    }
}

impl fmt::Debug for NativeRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NativeRunner({} actors)", self.actors.len())
    }
}
