//! Counts connections, and closes the one that was idle longest when there are too many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// All open connections.
pub(super) struct Connections {
    max: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    open: usize,
    clock: u64,
    /// Those that wait for a request, the longest waiting first.
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// One open connection; it is counted until this is dropped.
pub(super) struct Connection {
    all: Arc<super::Shared>,
    /// Told when it should make room.
    pub(super) leave: Arc<Notify>,
    since: Mutex<Option<u64>>,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            inner: Mutex::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Counters and a map of bells are right after every statement: a panic spoils nothing.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Counts a new connection. `None`: there are too many, and all are busy.
    pub(super) fn open(all: &Arc<super::Shared>) -> Option<Self> {
        {
            let mut inner = all.connections.lock();
            if inner.open >= all.connections.max {
                let (_, oldest) = inner.idle.pop_first()?;
                oldest.notify_one();
            }
            inner.open += 1;
        }
        let connection = Self {
            all: Arc::clone(all),
            leave: Arc::new(Notify::new()),
            since: Mutex::new(None),
        };
        connection.idle();
        Some(connection)
    }

    /// It waits for a request from now on.
    pub(super) fn idle(&self) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inner = self.all.connections.lock();
        if let Some(before) = since.take() {
            inner.idle.remove(&before);
        }
        inner.clock += 1;
        let now = inner.clock;
        inner.idle.insert(now, Arc::clone(&self.leave));
        *since = Some(now);
    }

    /// It has sent a request, and is not closed before that is answered.
    pub(super) fn busy(&self) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = since.take() {
            self.all.connections.lock().idle.remove(&before);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.busy();
        self.all.connections.lock().open -= 1;
    }
}
