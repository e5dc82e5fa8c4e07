//! Connections that stay: WebSocket and the Unix socket. They take requests one after another,
//! and carry subscriptions.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};

use super::connections::Connection;
use super::{Received, Shared, TooMuch, http};
use crate::jsonrpc::{error::Error, write_error};

/// The near end of a connection: what handlers know of it.
#[derive(Clone)]
pub(crate) struct Session(Arc<Inner>);

struct Inner {
    outbox: mpsc::UnboundedSender<Option<Vec<u8>>>,
    line: Arc<Line>,
    backlog_max: usize,
    subscriptions: Mutex<BTreeSet<u64>>,
    subscriptions_max: usize,
    /// Notifications that wait until a request is answered. `None`: no request is worked on.
    held: Mutex<Option<Vec<Vec<u8>>>>,
}

/// What the two directions of a connection know of each other.
#[derive(Default)]
struct Line {
    /// Bytes in the outbox.
    backlog: AtomicUsize,
    /// Rung when the reader is too slow, or gone.
    cut: Notify,
    /// Rung when something was sent.
    drained: Notify,
}

/// Where requests come from.
pub(super) trait Requests: Send {
    /// The next request; `None`: there are no more.
    fn next(&mut self) -> impl Future<Output = Option<Result<Received, TooMuch>>> + Send;
}

/// Where answers go.
pub(super) trait Answers: Send {
    /// Sends one.
    fn send(&mut self, text: Vec<u8>) -> impl Future<Output = io::Result<()>> + Send;
    /// Says goodbye.
    fn close(&mut self) -> impl Future<Output = ()> + Send;
}

impl Session {
    /// Sends a message. `false`: the client is gone, or so slow that it is cut off.
    fn notify(&self, text: Vec<u8>) -> bool {
        let length = text.len();
        let waiting = self.0.line.backlog.fetch_add(length, Ordering::Relaxed);
        if waiting > 0 && waiting + length > self.0.backlog_max {
            self.0.line.cut.notify_one();
            return false;
        }
        self.0.outbox.send(Some(text)).is_ok()
    }

    /// Sends a notification, but not before the request that is being worked on is answered: it
    /// may be the one that subscribes, and the client does not know its subscription yet.
    pub(crate) fn publish(&self, text: Vec<u8>) -> bool {
        match &mut *self.held() {
            Some(held) => {
                let length = text.len();
                let waiting = self.0.line.backlog.fetch_add(length, Ordering::Relaxed);
                held.push(text);
                waiting + length <= self.0.backlog_max
            }
            None => self.notify(text),
        }
    }

    /// Holds notifications back, until [`Session::release`].
    fn hold(&self) {
        *self.held() = Some(Vec::new());
    }

    fn release(&self) {
        let mut held = self.held();
        for text in held.take().into_iter().flatten() {
            self.0.line.backlog.fetch_sub(text.len(), Ordering::Relaxed);
            self.notify(text);
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Vec<Vec<u8>>>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a subscription, if there may be another.
    pub(crate) fn subscribe(&self, id: u64) -> Result<(), Error> {
        let mut subscriptions = self.subscriptions();
        let max = self.0.subscriptions_max;
        if subscriptions.len() >= max {
            return Err(Error::limit(format!(
                "a connection has {max} subscriptions at most"
            )));
        }
        subscriptions.insert(id);
        Ok(())
    }

    /// Forgets a subscription. Was it one of this connection?
    pub(crate) fn unsubscribe(&self, id: u64) -> bool {
        self.subscriptions().remove(&id)
    }

    /// Is it still there?
    pub(crate) fn has(&self, id: u64) -> bool {
        self.subscriptions().contains(&id)
    }

    fn subscriptions(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        let subscriptions = self.0.subscriptions.lock();
        subscriptions.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves requests until there are no more, or the client does not read what it asked for.
pub(super) async fn converse<W: Answers + 'static, R: Requests>(
    shared: Arc<Shared>,
    answers: W,
    mut requests: R,
    connection: &Connection,
) {
    let (outbox, inbox) = mpsc::unbounded_channel();
    let line = Arc::new(Line::default());
    let session = Session(Arc::new(Inner {
        outbox,
        line: Arc::clone(&line),
        backlog_max: shared.limits.backlog_bytes_max,
        subscriptions: Mutex::default(),
        subscriptions_max: shared.limits.subscriptions_max,
        held: Mutex::default(),
    }));
    tokio::spawn(write(
        answers,
        inbox,
        Arc::clone(&line),
        shared.limits.patience,
    ));
    loop {
        connection.idle();
        let request = tokio::select! {
            request = requests.next() => request,
            () = line.cut.notified() => break,
            () = connection.leave.notified() => break,
        };
        connection.busy();
        session.hold();
        let (answer, last) = match request {
            Some(Ok(text)) => (shared.answer(text, Some(session.clone())).await, false),
            // What follows is the rest of what was refused.
            Some(Err(why)) => (Some(refusal(&shared, why)), true),
            None => break,
        };
        // Who asks much and reads nothing is not given more to read, and cut off in the end.
        while line.backlog.load(Ordering::Relaxed) > 0 {
            let drained = line.drained.notified();
            if line.backlog.load(Ordering::Relaxed) < shared.limits.backlog_bytes_max / 2 {
                break;
            }
            if tokio::time::timeout(shared.limits.patience, drained)
                .await
                .is_err()
            {
                break;
            }
        }
        if let Some(answer) = answer
            && !session.notify(answer)
        {
            break;
        }
        session.release();
        if last {
            break;
        }
    }
    session.subscriptions().clear();
    // The writer sends what is left, and ends. If it has ended, nobody waits for this.
    let _ = session.0.outbox.send(None);
}

async fn write<W: Answers>(
    mut answers: W,
    mut inbox: mpsc::UnboundedReceiver<Option<Vec<u8>>>,
    line: Arc<Line>,
    patience: std::time::Duration,
) {
    while let Some(Some(text)) = inbox.recv().await {
        let length = text.len();
        match tokio::time::timeout(patience, answers.send(text)).await {
            Ok(Ok(())) => {
                line.backlog.fetch_sub(length, Ordering::Relaxed);
                line.drained.notify_one();
            }
            _ => break,
        }
    }
    inbox.close();
    line.cut.notify_one();
    // Past that, the socket closes without a word.
    let _ = tokio::time::timeout(patience, answers.close()).await;
}

fn refusal(shared: &Shared, why: TooMuch) -> Vec<u8> {
    let (_, error) = http::refuse(shared, why);
    let mut out = Vec::new();
    write_error(&mut out, None, &error);
    out
}
