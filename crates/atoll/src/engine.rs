//! The runner of actors' code, native and Wasm, shared by every machine of this process.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use atoll_actors::Policy;
use atoll_native::{NativeRunner, codes};
use atoll_vm::{Dispatcher, Runner};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};

/// Names the folder for compiled modules; empty means that none are kept.
const CACHE_VARIABLE: &str = "ATOLL_CACHE";

/// Makes the runner, for so many machines that work at the same time.
pub fn runner(machines: usize) -> Result<Arc<dyn Runner>> {
    let dispatcher = Dispatcher::new().with_wasm(wasm(machines)?);
    Ok(Arc::new(with_natives(dispatcher, native())))
}

/// Makes the runner of Wasm, for so many machines that work at the same time.
pub fn wasm(machines: usize) -> Result<Arc<dyn Runner>> {
    let executors_max = u32::try_from(machines).context("too many threads")?;
    let settings = EngineSettings {
        cache: cache(),
        executors_max,
    };
    let engine = Engine::new(&settings).context("starting the Wasm engine")?;
    Ok(Arc::new(WasmRunner::new(Arc::new(engine))))
}

/// Makes the runner of native actors.
#[must_use]
pub fn native() -> NativeRunner {
    NativeRunner::new(Policy::mainnet())
}

/// Hands the code of every native actor to a runner.
#[must_use]
pub fn with_natives(dispatcher: Dispatcher, native: NativeRunner) -> Dispatcher {
    let native: Arc<dyn Runner> = Arc::new(native);
    codes::all().fold(dispatcher, |dispatcher, (code, _)| {
        dispatcher.with_native(code, native.clone())
    })
}

/// Where compiled modules are kept between runs, as the system's users expect it.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    if let Some(folder) = variable(CACHE_VARIABLE) {
        return (!folder.as_os_str().is_empty()).then_some(folder);
    }
    let caches = variable("XDG_CACHE_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
    Some(caches.join("atoll"))
}
