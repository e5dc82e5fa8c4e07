//! The seam between the machine and actor code.

use cid::Cid;
use fvm_shared::MethodNum;
use fvm_shared::sys::BlockId;

use crate::error::{Fatal, Stop};
use crate::kernel::Kernel;
use crate::state::Slot;
use crate::store::Store;
use crate::trace::Watcher;

/// Runs one actor's code. Native actors and Wasm actors are the two runners.
///
/// The kernel goes in by value and comes back out, so a Wasm store may own it while the actor
/// runs; nested calls need neither shared ownership nor `unsafe`.
pub trait Runner: Send + Sync {
    /// Runs the actor and returns the id of the block it answers with, if any.
    ///
    /// Every way in which an actor can misbehave is a [`Stop`]. A panic is caught by the machine
    /// and counts as this node's trouble.
    fn run(&self, kernel: Kernel, entry: &Entry) -> (Kernel, Result<Option<BlockId>, Stop>);

    /// Folds slots that changed since the last flush into an actor's state, and returns its new
    /// root. The slots come sorted by map and key; a value of zero removes a slot.
    ///
    /// Only code that writes slots is ever asked.
    fn fold_slots(
        &self,
        code: &Cid,
        root: &Cid,
        slots: &[Slot],
        store: &Store,
    ) -> Result<Cid, Fatal> {
        let _ = (root, slots, store);
        Err(Fatal::new(format!(
            "code {code} wrote slots, but its runner folds none"
        )))
    }

    /// Who wants to see what happens in messages, whichever actors they call. A machine asks when
    /// it is made.
    fn watcher(&self) -> Option<Watcher> {
        None
    }
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The code of the receiving actor.
    pub code: Cid,
    /// Which method the message calls.
    pub method: MethodNum,
    /// The parameters, already in the kernel's block registry; 0 if there are none.
    pub params: BlockId,
}
