//! Back to an earlier head, another branch, and changes by hand.

use std::sync::{Arc, PoisonError};

use atoll_vm::Fatal;
use cid::Cid;
use fvm_shared::clock::ChainEpoch;

use crate::disk::Change;
use crate::edit::Edit;
use crate::pool::Pool;
use crate::tipset::Tipset;

use super::{Chain, Notice, mine};

/// Heads to return to, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    taken: Vec<Snapshot>,
    next_id: u64,
}

#[derive(Debug)]
struct Snapshot {
    id: u64,
    head: Arc<Tipset>,
    pool: Pool,
    time: mine::Time,
}

impl Chain {
    /// Remembers this head, to return to. Costs nothing: states are named by their roots.
    pub fn snapshot(&self) -> u64 {
        // While no tipset is being made.
        let _worker = self.worker();
        let snapshot = Snapshot {
            id: 0,
            head: self.head(),
            pool: self.pool().clone(),
            time: self.read_settings().time,
        };
        let mut snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let id = snapshots.next_id;
        snapshots.next_id += 1;
        snapshots.taken.push(Snapshot { id, ..snapshot });
        id
    }

    /// Returns to a remembered head. It and those remembered after it are forgotten. `false` if
    /// there is none of this number.
    pub fn revert(&self, id: u64) -> Result<bool, Fatal> {
        let _worker = self.worker();
        let snapshot = {
            let mut snapshots = self
                .snapshots
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let Some(at) = snapshots.taken.iter().position(|taken| taken.id == id) else {
                return Ok(false);
            };
            let mut later = snapshots.taken.split_off(at);
            later.swap_remove(0)
        };
        self.pop_to(snapshot.head.epoch())?;
        // Changes made by hand since are undone as well.
        self.keep(&[Change::Put(&snapshot.head)])?;
        self.history.write().push(snapshot.head)?;
        *self.pool() = snapshot.pool;
        self.write_settings().time = snapshot.time;
        Ok(true)
    }

    /// Takes the last tipsets off and puts as many others in their place. Their messages go back
    /// among those that wait, and so into the first of the new ones, if they are to be kept.
    ///
    /// Snapshots of what is taken off are forgotten.
    pub fn reorg(
        &self,
        depth: usize,
        keep: KeepMessages,
        now: u64,
    ) -> Result<Vec<Arc<Tipset>>, Fatal> {
        let removed = {
            let _worker = self.worker();
            let removed = self.pop(depth)?;
            self.write_settings().branch += 1;
            let epoch = self.head().epoch();
            let mut snapshots = self
                .snapshots
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            snapshots.taken.retain(|taken| taken.head.epoch() <= epoch);
            removed
        };
        if keep == KeepMessages::Yes {
            let mut pool = self.pool();
            for executed in removed.iter().rev().flat_map(|tipset| &tipset.messages) {
                pool.put_back(executed.message.clone());
            }
        }
        removed.iter().map(|_| self.mine(now)).collect()
    }

    /// Takes the last tipsets off. Returns them, the last first.
    pub fn rollback(&self, depth: usize) -> Result<Vec<Arc<Tipset>>, Fatal> {
        let _worker = self.worker();
        self.pop(depth)
    }

    /// Changes the head's state by hand.
    pub fn edit<T>(
        &self,
        change: impl FnOnce(&mut Edit<'_>) -> Result<T, Fatal>,
    ) -> Result<T, Fatal> {
        let mut worker = self.worker();
        let head = self.head();
        let terms = self.terms();
        let context = terms.context(head.epoch(), head.timestamp(), head.base_fee());
        let mut executor = worker.take(self, &head.state_root, context)?;
        let before = executor.state().checkpoint();
        let changed = change(&mut Edit::new(&mut executor));
        if changed.is_err() {
            executor.state().revert(before);
            worker.put_back(head.state_root, executor);
            return changed;
        }
        let state_root = executor.flush()?;
        worker.put_back(state_root, executor);
        let edited = Tipset {
            state_root,
            ..(*head).clone()
        };
        self.keep(&[Change::Put(&edited)])?;
        self.history.write().push(Arc::new(edited))?;
        changed
    }

    /// Sets what the beacon says at an epoch; `None` lets it speak for itself again.
    pub fn set_beacon(&self, epoch: ChainEpoch, value: Option<[u8; 32]>) -> Result<(), Fatal> {
        let _worker = self.worker();
        let mut beacon = self.history.read().beacon.clone();
        match value {
            Some(value) => beacon.insert(epoch, value),
            None => beacon.remove(&epoch),
        };
        self.keep(&[Change::Beacon(&beacon)])?;
        self.history.write().beacon = beacon;
        Ok(())
    }

    /// The states that snapshots lead back to.
    pub(crate) fn snapshot_roots(&self) -> Vec<Cid> {
        let snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let taken = snapshots.taken.iter();
        taken.map(|taken| taken.head.state_root).collect()
    }

    fn pop_to(&self, epoch: ChainEpoch) -> Result<(), Fatal> {
        while self.head().epoch() > epoch {
            self.pop(1)?;
        }
        Ok(())
    }

    fn pop(&self, count: usize) -> Result<Vec<Arc<Tipset>>, Fatal> {
        let mut removed = Vec::new();
        for _ in 0..count {
            let Some(below) = self.history.read().below_head()? else {
                break;
            };
            self.keep(&[Change::Remove(&self.head())])?;
            let tipset = self.history.write().pop(below);
            self.notify(&Notice::Reverted(tipset.clone()));
            removed.push(tipset);
        }
        Ok(removed)
    }
}

/// What becomes of the messages of tipsets that are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepMessages {
    /// They go into the new ones.
    Yes,
    /// They are forgotten.
    No,
}
