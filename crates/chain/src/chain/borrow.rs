//! Machines, kept open: opening one reads the state tree anew.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use atoll_native::SharedInspector;
use atoll_vm::executor::STACK_BYTES;
use atoll_vm::state::Checkpoint;
use atoll_vm::{Context, Executor, Fatal, Setup, SharedBlockstore};
use cid::Cid;
use fvm_shared::econ::TokenAmount;
use fvm_shared::version::NetworkVersion;

use super::Chain;
use crate::store::Overlay;
use crate::supply::Supply;

/// How many machines are kept that nobody uses.
const IDLE_MAX: usize = 6;

/// Machines that nobody uses, the longest unused first.
#[derive(Debug, Default)]
pub(super) struct Idle(VecDeque<IdleMachine>);

/// A machine that nobody uses.
#[derive(Debug)]
struct IdleMachine {
    /// The root of the state that it is at.
    root: Cid,
    executor: Executor,
    /// What circulates there.
    circulating: Circulating,
}

/// What circulates on a state, and by which rules that was found: counting takes as long as a
/// small call.
#[derive(Clone, Debug)]
struct Circulating {
    supply: Supply,
    amount: TokenAmount,
}

/// The machine that mines, at the root of the head's state.
#[derive(Debug, Default)]
pub(crate) struct Worker(Option<(Cid, Executor)>);

impl Worker {
    /// Takes the machine out, opened on a state. It comes back only if all went well.
    pub(super) fn take(
        &mut self,
        chain: &Chain,
        root: &Cid,
        context: Context,
    ) -> Result<Executor, Fatal> {
        match self.0.take() {
            Some((at, executor)) if at == *root => Ok(executor),
            _ => chain.open(&chain.parts.blocks, root, context),
        }
    }

    /// The machine, if it stands at a state, under the rules of a network version.
    pub(super) fn at(&mut self, root: &Cid, version: NetworkVersion) -> Option<&mut Executor> {
        let (at, executor) = self.0.as_mut()?;
        let fits = at == root && executor.context().network_version == version;
        fits.then_some(executor)
    }

    /// Puts the machine back, flushed to a root.
    pub(super) fn put_back(&mut self, root: Cid, executor: Executor) {
        self.0 = Some((root, executor));
    }
}

impl Chain {
    /// Closes the machines that nobody uses: their states may be gone.
    pub(crate) fn forget_idle(&self) {
        lock(&self.idle).0.clear();
    }

    /// Opens a machine on a state.
    pub(super) fn open(
        &self,
        blocks: &SharedBlockstore,
        root: &Cid,
        context: Context,
    ) -> Result<Executor, Fatal> {
        Executor::new(Setup {
            context,
            blockstore: blocks.clone(),
            root: *root,
            externs: self.externs(),
            verifier: self.parts.verifier.clone(),
            runner: self.parts.runner.clone(),
        })
    }

    /// Opens a machine on a state that shows to an inspector what happens while messages run.
    pub(crate) fn open_watched(
        &self,
        root: &Cid,
        context: Context,
        inspector: SharedInspector,
    ) -> Result<Borrowed<'static>, Fatal> {
        let blocks: SharedBlockstore = Arc::new(Overlay::over(self.parts.blocks.clone()));
        let mut executor = Executor::new(Setup {
            context: context.clone(),
            blockstore: blocks,
            root: *root,
            externs: self.externs(),
            verifier: self.parts.verifier.clone(),
            runner: (self.parts.watched)(inspector),
        })?;
        self.terms().enter(&mut executor, context)?;
        Ok(Borrowed::owned(executor))
    }

    /// Lends a machine on a state, to look and to try out.
    pub(crate) fn borrow(&self, root: &Cid, context: Context) -> Result<Borrowed<'_>, Fatal> {
        let idle = {
            let mut idle = lock(&self.idle);
            let at = idle.0.iter().rposition(|machine| machine.root == *root);
            at.and_then(|at| idle.0.remove(at))
        };
        let (mut executor, known) = match idle {
            Some(machine) => (machine.executor, Some(machine.circulating)),
            None => (self.open(&self.parts.blocks, root, context.clone())?, None),
        };
        let supply = self.terms().supply;
        let circulating = match known.filter(|known| known.supply == supply) {
            Some(known) => known,
            None => Circulating {
                amount: supply.circulating(&mut executor)?,
                supply,
            },
        };
        let context = Context {
            circulating_supply: circulating.amount.clone(),
            ..context
        };
        if !same(executor.context(), &context) {
            executor.set_context(context)?;
        }
        let before = executor.state().checkpoint();
        Ok(Borrowed {
            home: Some(Home {
                chain: self,
                root: *root,
                circulating,
            }),
            executor: Some(executor),
            before,
        })
    }
}

/// A machine on loan. Whatever is changed on it is taken back when it is returned.
pub struct Borrowed<'c> {
    /// Where to return it; a machine of its own is dropped.
    home: Option<Home<'c>>,
    executor: Option<Executor>,
    before: Checkpoint,
}

/// Where a borrowed machine goes back to.
struct Home<'c> {
    chain: &'c Chain,
    /// The root of the state that it is at.
    root: Cid,
    circulating: Circulating,
}

impl Borrowed<'_> {
    /// A machine that nobody waits for.
    pub(super) fn owned(mut executor: Executor) -> Self {
        let before = executor.state().checkpoint();
        Self {
            home: None,
            executor: Some(executor),
            before,
        }
    }
}

impl Deref for Borrowed<'_> {
    type Target = Executor;

    fn deref(&self) -> &Executor {
        self.executor
            .as_ref()
            .expect("it is here until it is dropped")
    }
}

impl DerefMut for Borrowed<'_> {
    fn deref_mut(&mut self) -> &mut Executor {
        self.executor
            .as_mut()
            .expect("it is here until it is dropped")
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        // A machine that saw a panic is not trusted again.
        if std::thread::panicking() {
            return;
        }
        if let Some(home) = self.home.take()
            && let Some(mut executor) = self.executor.take()
            && executor.is_whole()
        {
            executor.state().revert(self.before);
            executor.state().store().forget();
            let mut idle = lock(&home.chain.idle);
            if idle.0.len() == IDLE_MAX {
                idle.0.pop_front();
            }
            idle.0.push_back(IdleMachine {
                root: home.root,
                executor,
                circulating: home.circulating,
            });
        }
    }
}

impl std::fmt::Debug for Borrowed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Borrowed({:?})",
            self.home.as_ref().map(|home| home.root)
        )
    }
}

fn same(one: &Context, other: &Context) -> bool {
    one.network_version == other.network_version
        && one.epoch == other.epoch
        && one.timestamp == other.timestamp
        && one.base_fee == other.base_fee
        && one.chain_id == other.chain_id
        && one.circulating_supply == other.circulating_supply
        && one.limits == other.limits
        && one.tracing == other.tracing
        && one.actor_debugging == other.actor_debugging
}

fn lock(idle: &Mutex<Idle>) -> std::sync::MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs something that may nest calls as deep as the network allows, on more stack if this
/// thread has too little. Threads that do this often should have [`STACK_BYTES`] of their own.
pub(crate) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_BYTES / 4 * 3, STACK_BYTES, work)
}
