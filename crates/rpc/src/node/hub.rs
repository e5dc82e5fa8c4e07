//! What happens to the chain, for filters that ask and for subscribers that are told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use atoll_chain::{Chain, Notice};

use crate::jsonrpc::error::Error;
use crate::server::session::Session;

/// How many notices are kept for filters that have not asked yet.
const NOTICES_KEPT: usize = 1 << 16;

/// Listens to a chain.
pub(crate) struct Hub {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last notices.
    notices: VecDeque<Notice>,
    /// How many came before the first of them.
    forgotten: u64,
    subscriptions: BTreeMap<u64, Subscription>,
    last_id: u64,
}

/// Turns what happens into notifications: for each notice any number of texts.
pub(crate) type Render = Box<dyn Fn(&Notice) -> Vec<Vec<u8>> + Send + Sync>;

struct Subscription {
    session: Session,
    render: Arc<Render>,
}

impl Hub {
    /// Begins to listen.
    pub(crate) fn on(chain: &Chain) -> Arc<Self> {
        let hub = Arc::new(Self {
            state: Mutex::default(),
        });
        let (sender, receiver) = channel();
        let teller = Arc::downgrade(&hub);
        // A thread of its own: whoever mines must not wait for what subscribers want to see.
        std::thread::Builder::new()
            .name("rpc-hub".to_owned())
            .spawn(move || tell(&teller, &receiver))
            .expect("the system has room for one more thread");
        let listener = Arc::downgrade(&hub);
        let sender = Mutex::new(sender);
        chain.listen(Box::new(move |notice| hear(&listener, &sender, notice)));
        hub
    }

    /// How many notices there were.
    pub(crate) fn count(&self) -> u64 {
        let state = self.lock();
        state.forgotten + state.notices.len() as u64
    }

    /// The notices from the n-th on. `None`: some of them are forgotten.
    pub(crate) fn since(&self, count: u64) -> Option<Vec<Notice>> {
        let state = self.lock();
        let skip = usize::try_from(count.checked_sub(state.forgotten)?).ok()?;
        Some(state.notices.iter().skip(skip).cloned().collect())
    }

    /// Tells a session what happens from now on. Returns the number of the subscription.
    pub(crate) fn subscribe(
        &self,
        session: &Session,
        render: impl FnOnce(u64) -> Render,
    ) -> Result<u64, Error> {
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        session.subscribe(id)?;
        let subscription = Subscription {
            session: session.clone(),
            render: Arc::new(render(id)),
        };
        state.subscriptions.insert(id, subscription);
        Ok(id)
    }

    /// Tells it no longer.
    pub(crate) fn unsubscribe(&self, id: u64) {
        self.lock().subscriptions.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hear(hub: &Weak<Hub>, sender: &Mutex<Sender<Notice>>, notice: &Notice) {
    let Some(hub) = hub.upgrade() else {
        return;
    };
    let mut state = hub.lock();
    state.notices.push_back(notice.clone());
    if state.notices.len() > NOTICES_KEPT {
        state.notices.pop_front();
        state.forgotten += 1;
    }
    if !state.subscriptions.is_empty() {
        let sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
        // It fails only when the thread that tells is gone, and then the server is.
        let _ = sender.send(notice.clone());
    }
}

fn tell(hub: &Weak<Hub>, notices: &Receiver<Notice>) {
    while let Ok(notice) = notices.recv() {
        let Some(hub) = hub.upgrade() else {
            return;
        };
        let told: Vec<_> = {
            let state = hub.lock();
            let all = state.subscriptions.iter();
            all.map(|(id, sub)| (*id, sub.session.clone(), sub.render.clone()))
                .collect()
        };
        for (id, session, render) in told {
            let there = session.has(id)
                && render(&notice)
                    .into_iter()
                    .all(|text| session.publish(text));
            if !there {
                session.unsubscribe(id);
                hub.unsubscribe(id);
            }
        }
    }
}
