//! Spreads work over threads, without its order showing in the results.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

/// Does the work for every item, on threads with stacks of so many bytes. The results have the
/// order of the items.
pub fn spread<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    stack: usize,
    work: &(dyn Fn(&T) -> R + Sync),
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::default()).collect();
    thread::scope(|scope| {
        for _ in 0..threads {
            let worker = thread::Builder::new().stack_size(stack);
            let work = || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        break;
                    };
                    let result = work(item);
                    *slots[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
            };
            worker
                .spawn_scoped(scope, work)
                .context("cannot start a thread")?;
        }
        anyhow::Ok(())
    })?;
    slots
        .into_iter()
        .map(|slot| {
            slot.into_inner()
                .unwrap_or_else(PoisonError::into_inner)
                .context("a worker left an item undone")
        })
        .collect()
}
