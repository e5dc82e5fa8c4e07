//! Which runner runs a code.

use std::collections::BTreeMap;
use std::sync::Arc;

use cid::Cid;
use fvm_ipld_encoding::IPLD_RAW;
use fvm_shared::IDENTITY_HASH;
use fvm_shared::sys::BlockId;
use multihash_codetable::Multihash;

use crate::error::{Fatal, Stop};
use crate::kernel::Kernel;
use crate::runner::{Entry, Runner};
use crate::state::Slot;
use crate::store::Store;
use crate::trace::Watcher;

/// Runs native code where the code CID names some, and hands everything else to Wasm.
#[derive(Clone, Default)]
pub struct Dispatcher {
    natives: BTreeMap<Cid, Arc<dyn Runner>>,
    wasm: Option<Arc<dyn Runner>>,
}

/// The code CID of native code: its name under the identity hash, as Filecoin had it before
/// Wasm. `None` if the name is longer than a CID holds.
#[must_use]
pub fn native_code(name: &str) -> Option<Cid> {
    Some(Cid::new_v1(
        IPLD_RAW,
        Multihash::wrap(IDENTITY_HASH, name.as_bytes()).ok()?,
    ))
}

impl Dispatcher {
    /// Knows no code at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands all code that is not native to this runner.
    #[must_use]
    pub fn with_wasm(mut self, runner: Arc<dyn Runner>) -> Self {
        self.wasm = Some(runner);
        self
    }

    /// Hands one code to a native runner.
    #[must_use]
    pub fn with_native(mut self, code: Cid, runner: Arc<dyn Runner>) -> Self {
        self.natives.insert(code, runner);
        self
    }

    fn runner_of(&self, code: &Cid) -> Option<&Arc<dyn Runner>> {
        self.natives.get(code).or(self.wasm.as_ref())
    }
}

impl Runner for Dispatcher {
    fn run(&self, kernel: Kernel, entry: &Entry) -> (Kernel, Result<Option<BlockId>, Stop>) {
        match self.runner_of(&entry.code) {
            Some(runner) => runner.run(kernel, entry),
            None => {
                let words = format!("nothing here runs code {}", entry.code);
                (kernel, Err(Fatal::new(words).into()))
            }
        }
    }

    fn fold_slots(
        &self,
        code: &Cid,
        root: &Cid,
        slots: &[Slot],
        store: &Store,
    ) -> Result<Cid, Fatal> {
        match self.runner_of(code) {
            Some(runner) => runner.fold_slots(code, root, slots, store),
            None => Err(Fatal::new(format!(
                "nothing here folds slots of code {code}"
            ))),
        }
    }

    /// That of the first runner that has one, by code, Wasm last: a watcher sees all actors anyway.
    fn watcher(&self) -> Option<Watcher> {
        let mut runners = self.natives.values().chain(&self.wasm);
        runners.find_map(|runner| runner.watcher())
    }
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wasm = if self.wasm.is_some() {
            "and Wasm"
        } else {
            "and no Wasm"
        };
        write!(f, "Dispatcher({} native codes {wasm})", self.natives.len())
    }
}
