//! Runs one actor in one instance.
//!
//! A call goes through this file once: find the code, pay for the memory it starts with, make an
//! instance, run its start function, run the entry point. Whatever goes wrong has the outcome
//! that the network gave it, which is not always the one that suggests itself.

mod edition;
pub(crate) mod host;
mod memory;

pub(crate) use host::{Host, Stopped};
pub(crate) use memory::ActorMemory;

use std::sync::{Arc, PoisonError, RwLock};

use atoll_vm::gas::Gas;
use atoll_vm::{Entry, Fatal, Kernel, Runner, Stop};
use fvm_shared::error::ExitCode;
use fvm_shared::sys::BlockId;
use wasmtime::{AsContextMut, Extern, Instance, Store, Trap};

use self::edition::{Actor, Edition};
use crate::engine::{Engine, NATIVE_STACK_MAX, PrepareError};

/// What the frames between one instance and the next may need of the native stack.
const HOST_STACK: usize = 512 << 10;

/// Runs Wasm actors of all network versions.
#[derive(Debug)]
pub struct WasmRunner {
    engine: Arc<Engine>,
    /// One for each combination of a network version with prices and limits that was asked for.
    editions: RwLock<Vec<Arc<Edition>>>,
}

impl WasmRunner {
    /// A runner on a shared engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            editions: RwLock::default(),
        }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    fn edition(&self, kernel: &Kernel) -> Result<Arc<Edition>, Stop> {
        let known = |editions: &[Arc<Edition>]| {
            editions
                .iter()
                .find(|edition| edition.is_for(kernel))
                .map(Arc::clone)
        };
        let editions = self.editions.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(edition) = known(&editions) {
            return Ok(edition);
        }
        drop(editions);
        let mut editions = self
            .editions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(edition) = known(&editions) {
            return Ok(edition);
        }
        let edition = Edition::new(&self.engine, kernel)
            .map_err(|e| Fatal::new(format!("linking the syscalls: {e:#}")))?;
        let edition = Arc::new(edition);
        editions.push(Arc::clone(&edition));
        Ok(edition)
    }

    /// Finds the code that an actor runs.
    fn actor(&self, kernel: &Kernel, entry: &Entry) -> Result<Arc<Actor>, Stop> {
        let edition = self.edition(kernel)?;
        let store = kernel.store();
        edition.actor(&self.engine, entry.code, || {
            match store.block(&entry.code) {
                Ok(Some(wasm)) => Ok(wasm),
                Ok(None) => Err(PrepareError::Node(
                    format!("there is no code {}", entry.code).into(),
                )),
                Err(e) => Err(PrepareError::Node(e.to_string().into())),
            }
        })
    }
}

impl Runner for WasmRunner {
    fn run(&self, kernel: Kernel, entry: &Entry) -> (Kernel, Result<Option<BlockId>, Stop>) {
        let actor = match self.actor(&kernel, entry) {
            Ok(actor) => actor,
            Err(stop) => return (kernel, Err(stop)),
        };
        // Nested calls nest on the native stack as well, and threads differ in how much they have.
        stacker::maybe_grow(NATIVE_STACK_MAX + HOST_STACK, 4 * NATIVE_STACK_MAX, || {
            run_actor(kernel, &actor, entry)
        })
    }
}

fn run_actor(
    kernel: Kernel,
    actor: &Actor,
    entry: &Entry,
) -> (Kernel, Result<Option<BlockId>, Stop>) {
    let mut store = Store::new(actor.pre.module().engine(), Host::new(kernel));
    store.limiter(|host| host);
    let result = instantiate(&mut store, actor)
        .and_then(|instance| invoke(&mut store, actor, &instance, entry));
    (store.into_data().into_kernel(), result)
}

/// Makes an instance and runs its start function.
fn instantiate(store: &mut Store<Host>, actor: &Actor) -> Result<Instance, Stop> {
    let Some(memory_len) = actor.memory_len else {
        return Err(Stop::Broken("the actor exports no memory".into()));
    };
    store
        .data_mut()
        .charge_for_start(memory_len, actor.table_elements)?;
    store.data_mut().begin();
    let started = start(store, actor);
    host::settle(&mut *store)?;
    started.map_err(|e| {
        let stop = stop_of(store, e);
        match stop {
            Stop::Fatal(fatal) => Stop::Fatal(fatal),
            // The network does not ask what went wrong here, not even whether the actor meant it.
            stop => Stop::exit(
                ExitCode::SYS_ILLEGAL_INSTRUCTION,
                format!("the actor can't be instantiated: {stop:?}"),
            ),
        }
    })
}

fn start(store: &mut Store<Host>, actor: &Actor) -> wasmtime::Result<Instance> {
    let instance = actor.pre.instantiate(&mut *store)?;
    if let Some(Extern::Global(gas)) = instance.get_module_export(&mut *store, &actor.gas) {
        store.data_mut().gas = Some(gas);
    }
    host::resume(&mut *store)?;
    if let Some(start) = &actor.start
        && let Some(Extern::Func(start)) = instance.get_module_export(&mut *store, start)
    {
        start.typed::<(), ()>(&*store)?.call(&mut *store, ())?;
    }
    Ok(instance)
}

/// Runs the entry point.
fn invoke(
    store: &mut Store<Host>,
    actor: &Actor,
    instance: &Instance,
    entry: &Entry,
) -> Result<Option<BlockId>, Stop> {
    if let Some(memory) = &actor.memory
        && let Some(Extern::Memory(memory)) = instance.get_module_export(&mut *store, memory)
    {
        store.data_mut().memory = Some(memory);
    }
    let function = match &actor.entry {
        Some(entry) => instance.get_module_export(&mut *store, entry),
        None => None,
    };
    let Some(Extern::Func(function)) = function else {
        let words = "the actor exports no entry point";
        return Err(Stop::exit(ExitCode::SYS_INVALID_RECEIVER, words));
    };
    let function = function
        .typed::<u32, u32>(&*store)
        .map_err(|e| Stop::Broken(format!("the entry point is of another type: {e:#}")))?;

    host::resume(&mut *store).map_err(|e| stop_of(store, e))?;
    let result = function.call(&mut *store, entry.params);
    // Out of gas comes before anything else that may have gone wrong.
    host::settle(store.as_context_mut())?;
    match result {
        Ok(atoll_vm::blocks::NO_BLOCK) => Ok(None),
        Ok(block) => Ok(Some(block)),
        Err(e) => Err(stop_of(store, e)),
    }
}

/// What an error of Wasmtime's means.
fn stop_of(store: &mut Store<Host>, error: wasmtime::Error) -> Stop {
    if error.is::<Stopped>() {
        return store.data_mut().take_stop();
    }
    let Some(trap) = error.downcast_ref::<Trap>() else {
        // Too much to start with, or no room on this node for another instance?
        return if store.data().limited {
            Stop::exit(ExitCode::SYS_ILLEGAL_INSTRUCTION, format!("{error:#}"))
        } else {
            Stop::Fatal(Fatal::new(format!("Wasmtime failed: {error:#}")))
        };
    };
    match trap {
        Trap::MemoryOutOfBounds
        | Trap::TableOutOfBounds
        | Trap::IndirectCallToNull
        | Trap::BadSignature
        | Trap::IntegerOverflow
        | Trap::IntegerDivisionByZero
        | Trap::BadConversionToInteger
        | Trap::UnreachableCodeReached
        | Trap::StackOverflow => Stop::exit(ExitCode::SYS_ILLEGAL_INSTRUCTION, trap.to_string()),
        trap => Stop::Fatal(Fatal::new(format!("an unexpected trap: {trap}"))),
    }
}

/// An amount of gas as the counter in an instance holds it.
fn counted(gas: Gas) -> i64 {
    i64::try_from(gas.milligas()).expect("no tracker has more than `Gas::LIMIT_MAX`")
}
