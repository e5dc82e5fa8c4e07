//! Filters that clients have set up, and poll.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::forms::filter::LogFilter;

/// A filter that nobody asked for so long is forgotten, as by go-ethereum.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Beyond so many, the one that was asked longest ago is forgotten.
const FILTERS_MAX: usize = 10_000;

/// All filters.
#[derive(Default)]
pub(crate) struct Filters(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    last_id: u64,
    filters: BTreeMap<u64, Filter>,
}

/// One filter.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// What it is about.
    pub(crate) kind: FilterKind,
    /// How many of the hub's notices the client has seen.
    pub(crate) seen: u64,
    used: Instant,
}

/// What a filter is about.
#[derive(Clone, Debug)]
pub(crate) enum FilterKind {
    /// Logs.
    Logs(Box<LogFilter>),
    /// New blocks.
    Blocks,
    /// Messages that begin to wait.
    Waiting,
}

impl Filters {
    /// Sets up a filter. Returns its number.
    pub(crate) fn add(&self, kind: FilterKind, seen: u64) -> u64 {
        let mut inner = self.lock();
        let now = Instant::now();
        inner
            .filters
            .retain(|_, filter| now.duration_since(filter.used) < LIFETIME);
        if inner.filters.len() >= FILTERS_MAX {
            let oldest = inner.filters.iter().min_by_key(|(_, filter)| filter.used);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                inner.filters.remove(&id);
            }
        }
        inner.last_id += 1;
        let id = inner.last_id;
        let filter = Filter {
            kind,
            seen,
            used: now,
        };
        inner.filters.insert(id, filter);
        id
    }

    /// A filter, which its client has now seen so much of.
    pub(crate) fn poll(&self, id: u64, seen: u64) -> Option<Filter> {
        let mut inner = self.lock();
        let filter = inner.filters.get_mut(&id)?;
        let before = filter.clone();
        filter.seen = seen;
        filter.used = Instant::now();
        Some(before)
    }

    /// A filter.
    pub(crate) fn get(&self, id: u64) -> Option<Filter> {
        let mut inner = self.lock();
        let filter = inner.filters.get_mut(&id)?;
        filter.used = Instant::now();
        Some(filter.clone())
    }

    /// Forgets a filter. Was there one?
    pub(crate) fn remove(&self, id: u64) -> bool {
        self.lock().filters.remove(&id).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
