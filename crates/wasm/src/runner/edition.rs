//! The actors of one network version, ready to be instantiated.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use atoll_vm::{Fatal, Kernel, Stop};
use cid::Cid;
use fvm_shared::version::NetworkVersion;
use wasmtime::{ExternType, InstancePre, Linker, Module, ModuleExport};

use super::Host;
use crate::bind;
use crate::engine::{Engine, Metering, PrepareError};
use crate::instrument::{
    ENTRY_EXPORT, GAS_EXPORT, MEMORY_EXPORT, PAGE_LEN, START_EXPORT, TABLE_EXPORT,
};

/// One network version's syscalls, and the actors linked to them.
pub(super) struct Edition {
    version: NetworkVersion,
    metering: Metering,
    linker: Linker<Host>,
    actors: RwLock<HashMap<Cid, Arc<Actor>>>,
}

/// An actor's module, linked, and where in it to find what a host needs.
pub(super) struct Actor {
    pub(super) pre: InstancePre<Host>,
    pub(super) gas: ModuleExport,
    pub(super) memory: Option<ModuleExport>,
    pub(super) entry: Option<ModuleExport>,
    pub(super) start: Option<ModuleExport>,
    /// The bytes of exported memory that an instance starts with.
    pub(super) memory_len: Option<u64>,
    /// The elements that its exported table starts with.
    pub(super) table_elements: Option<u64>,
}

impl std::fmt::Debug for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edition of version {}", self.version)
    }
}

impl Edition {
    pub(super) fn new(engine: &Engine, kernel: &Kernel) -> wasmtime::Result<Self> {
        let version = kernel.context().network_version;
        Ok(Self {
            version,
            metering: metering(kernel),
            linker: bind::linker(engine.wasmtime(), version)?,
            actors: RwLock::default(),
        })
    }

    /// Is this the edition that a message needs?
    pub(super) fn is_for(&self, kernel: &Kernel) -> bool {
        self.version == kernel.context().network_version && self.metering == metering(kernel)
    }

    /// An actor's module; compiled and linked now if it has not been before.
    pub(super) fn actor(
        &self,
        engine: &Engine,
        code: Cid,
        wasm: impl FnOnce() -> Result<Arc<[u8]>, PrepareError>,
    ) -> Result<Arc<Actor>, Stop> {
        let actors = self.actors.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(actor) = actors.get(&code) {
            return Ok(Arc::clone(actor));
        }
        drop(actors);
        let module = engine
            .module(code, &self.metering, wasm)
            .map_err(|e| match e {
                PrepareError::Module(words) => Stop::Broken(words.to_string()),
                PrepareError::Node(words) => Stop::Fatal(Fatal::new(words.to_string())),
            })?;
        let actor = Arc::new(Actor::new(&self.linker, &module)?);
        let mut actors = self.actors.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(actors.entry(code).or_insert(actor)))
    }
}

fn metering(kernel: &Kernel) -> Metering {
    Metering {
        prices: kernel.prices().wasm,
        stack_elements_max: kernel.context().limits.wasm_stack_max,
    }
}

impl Actor {
    fn new(linker: &Linker<Host>, module: &Module) -> Result<Self, Stop> {
        let pre = linker
            .instantiate_pre(module)
            .map_err(|e| Stop::Broken(format!("the actor imports what is not there: {e:#}")))?;
        let memory_len = match module.get_export(MEMORY_EXPORT) {
            Some(ExternType::Memory(memory)) => Some(memory.minimum().saturating_mul(PAGE_LEN)),
            _ => None,
        };
        let table_elements = match module.get_export(TABLE_EXPORT) {
            Some(ExternType::Table(table)) => Some(table.minimum()),
            _ => None,
        };
        Ok(Self {
            pre,
            gas: module
                .get_export_index(GAS_EXPORT)
                .ok_or_else(|| Fatal::new("a module that was not metered"))?,
            memory: module.get_export_index(MEMORY_EXPORT),
            entry: module.get_export_index(ENTRY_EXPORT),
            start: module.get_export_index(START_EXPORT),
            memory_len,
            table_elements,
        })
    }
}
