//! The clock that makes blocks in intervals.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use atoll_chain::Chain;

use super::now;

/// Makes a block every so often, if it is told to.
#[derive(Clone)]
pub(crate) struct Ticker(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    interval: Option<Duration>,
    over: bool,
}

impl Ticker {
    /// Starts the clock, at rest.
    pub(crate) fn start(chain: &Arc<Chain>) -> Self {
        let inner = Arc::new(Inner::default());
        let ticking = Arc::clone(&inner);
        let chain = Arc::downgrade(chain);
        std::thread::Builder::new()
            .name("rpc-ticker".to_owned())
            .spawn(move || tick(&ticking, &chain))
            .expect("the system has room for one more thread");
        Self(inner)
    }

    /// The time between blocks; `None`: at rest.
    pub(crate) fn interval(&self) -> Option<Duration> {
        self.0.lock().interval
    }

    /// Changes the time between blocks, from now on.
    pub(crate) fn set(&self, interval: Option<Duration>) {
        self.0.lock().interval = interval;
        self.0.changed.notify_all();
    }

    /// Ends the thread.
    pub(crate) fn stop(&self) {
        self.0.lock().over = true;
        self.0.changed.notify_all();
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tick(inner: &Inner, chain: &Weak<Chain>) {
    let mut state = inner.lock();
    while !state.over {
        let Some(interval) = state.interval else {
            state = inner.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let waited = inner.changed.wait_timeout(state, interval);
        let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state = again;
        if timeout.timed_out() && state.interval == Some(interval) && !state.over {
            drop(state);
            let Some(chain) = chain.upgrade() else {
                return;
            };
            if let Err(fatal) = chain.mine(now()) {
                // The node lives on to answer questions; blocks would only fail again.
                eprintln!("interval mining stops: {fatal}");
                inner.lock().interval = None;
            }
            state = inner.lock();
        }
    }
}
