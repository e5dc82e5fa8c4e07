//! Turns Wasm into machine code, once.
//!
//! A module is validated and metered ([`instrument`]), compiled by Cranelift, and kept: in
//! memory for this process, and on disk, if there is a place for it, for the next. Compilation
//! happens when a module is first run or [preloaded](Engine::preload), on all cores. No lock is
//! held while an actor runs, and none but its own while a module is compiled.

mod config;
mod deserialize;
mod disk;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_vm::price::WasmPrices;
use cid::Cid;
use wasmtime::Module;

use crate::instrument;
pub(crate) use config::NATIVE_STACK_MAX;
use disk::DiskCache;

/// What an engine may use of its host.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Where compiled modules are kept from one process to the next; nowhere if `None`.
    pub cache: Option<PathBuf>,
    /// How many messages may run at the same time. Each may nest as deep as the network allows.
    pub executors_max: u32,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            cache: None,
            executors_max: 8,
        }
    }
}

/// What a module is metered by. Modules compiled for one metering can't be run under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Metering {
    /// What instructions cost.
    pub prices: WasmPrices,
    /// How many elements an instance's stack may have.
    pub stack_elements_max: u32,
}

/// Why there is no machine code for a module.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PrepareError {
    /// The module is at fault: the same on every node.
    #[error("{0}")]
    Module(Arc<str>),
    /// This node is.
    #[error("{0}")]
    Node(Arc<str>),
}

/// Compiles modules and keeps them. Shared by all executors of a process.
pub struct Engine {
    wasmtime: wasmtime::Engine,
    modules: Mutex<HashMap<(Cid, Metering), Arc<Entry>>>,
    disk: Option<DiskCache>,
}

/// A module that is, or is about to be, compiled. Locked while it is.
#[derive(Default)]
struct Entry(Mutex<Option<Result<Module, PrepareError>>>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("disk", &self.disk)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Reserves the address space for instances, and opens the cache.
    pub fn new(settings: &EngineSettings) -> anyhow::Result<Self> {
        let config = config::wasmtime(settings.executors_max);
        let wasmtime = wasmtime::Engine::new(&config)
            .map_err(|e| anyhow::anyhow!("Wasmtime can't start here: {e:#}"))?;
        let disk = match &settings.cache {
            Some(folder) => Some(DiskCache::open(folder, &wasmtime)?),
            None => None,
        };
        Ok(Self {
            wasmtime,
            modules: Mutex::default(),
            disk,
        })
    }

    /// Prepares many modules, one after another, each on all cores. Two at a time take as much
    /// CPU time and more memory: 276 MiB for the official bundle v18 instead of 213.
    ///
    /// # Errors
    /// The first module that has no machine code, by the order in which they come.
    pub fn preload(
        &self,
        modules: &[(Cid, &[u8])],
        metering: &Metering,
    ) -> Result<(), PrepareError> {
        for (code, wasm) in modules {
            self.module(*code, metering, || Ok((*wasm).into()))?;
        }
        Ok(())
    }

    /// The machine code of a module, compiled now if it is not there yet. `wasm` is asked for
    /// its bytes only then.
    pub(crate) fn module(
        &self,
        code: Cid,
        metering: &Metering,
        wasm: impl FnOnce() -> Result<Arc<[u8]>, PrepareError>,
    ) -> Result<Module, PrepareError> {
        let entry = {
            let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(modules.entry((code, *metering)).or_default())
        };
        let mut slot = entry.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*slot {
            return known.clone();
        }
        let prepared = self.prepare(code, metering, wasm);
        // A node's trouble may pass; a module's does not.
        if !matches!(prepared, Err(PrepareError::Node(_))) {
            *slot = Some(prepared.clone());
        }
        prepared
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    fn prepare(
        &self,
        code: Cid,
        metering: &Metering,
        wasm: impl FnOnce() -> Result<Arc<[u8]>, PrepareError>,
    ) -> Result<Module, PrepareError> {
        if let Some(module) = self
            .disk
            .as_ref()
            .and_then(|disk| disk.load(&code, metering))
        {
            return Ok(module);
        }
        let wasm = wasm()?;
        let Metering {
            prices,
            stack_elements_max,
        } = metering;
        let metered = instrument::instrument(&wasm, prices, *stack_elements_max)
            .map_err(|e| PrepareError::Module(format!("code {code}: {e}").into()))?;
        let module = Module::new(&self.wasmtime, metered)
            .map_err(|e| PrepareError::Module(format!("code {code}: {e:#}").into()))?;
        if let Some(disk) = &self.disk {
            disk.store(&code, metering, &module);
        }
        Ok(module)
    }
}
