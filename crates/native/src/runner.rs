//! The runner of native code.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_actors::{Actor, Policy, evm};
use atoll_vm::{Entry, Fatal, Kernel, Runner, Slot, SlotMap, Stop};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::sys::BlockId;

use crate::codes;
use crate::runtime::{KernelRuntime, Surroundings};

/// Runs native actors.
pub struct NativeRunner {
    actors: BTreeMap<Cid, &'static Actor>,
    policy: Policy,
    inspector: Option<Arc<SharedInspector>>,
}

/// An inspector that any thread may call.
pub type SharedInspector = dyn evm::Inspector + Send + Sync;

impl NativeRunner {
    /// Runs every native actor, under its own code CID.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            actors: codes::all().collect(),
            policy,
            inspector: None,
        }
    }

    /// Runs native actors in place of another chain's code ([`codes::standing_in`]).
    #[must_use]
    pub fn standing_in<'a>(mut self, manifest: impl IntoIterator<Item = (&'a str, Cid)>) -> Self {
        self.actors.extend(codes::standing_in(manifest));
        self
    }

    /// Has somebody watch contracts run. Without, they run a loop that knows of no watching.
    #[must_use]
    pub fn with_inspector(mut self, inspector: Arc<SharedInspector>) -> Self {
        self.inspector = Some(inspector);
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
        let policy = &self.policy;
        let inspector = self
            .inspector
            .as_deref()
            .map(|inspector| inspector as &dyn evm::Inspector);
        KernelRuntime::run(kernel, entry, actor, Surroundings { policy, inspector })
    }

    fn fold_slots(
        &self,
        code: &Cid,
        root: &Cid,
        slots: &[Slot],
        store: &dyn Blockstore,
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
            root,
            &of(SlotMap::Persistent),
            &of(SlotMap::Transient),
        )
        .map_err(|error| Fatal::new(format!("folding the slots of code {code}: {error}")))
    }
}

impl std::fmt::Debug for NativeRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NativeRunner({} codes)", self.actors.len())
    }
}
