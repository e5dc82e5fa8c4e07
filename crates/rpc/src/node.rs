//! What handlers work on: the node, and who is asking.

pub(crate) mod filters;
pub(crate) mod hub;
pub(crate) mod wallet;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use atoll_chain::Chain;

use crate::forms::Address;
use crate::jsonrpc::error::Error;
use crate::method::{Methods, Namespace};
use crate::server::session::Session;
use filters::Filters;
use hub::Hub;
use wallet::Wallet;

/// Everything behind the methods.
pub(crate) struct Node {
    pub(crate) chain: Arc<Chain>,
    /// Keys that the node signs with.
    pub(crate) wallet: Wallet,
    /// Those that are turned on.
    pub(crate) methods: Methods,
    pub(crate) filters: Filters,
    pub(crate) hub: Arc<Hub>,
    /// Clients that wait for a message, each with a thread.
    pub(crate) waiters: AtomicUsize,
    /// In whose name messages may be sent without a signature.
    pub(crate) impersonated: Mutex<Impersonated>,
    /// The snapshot of the head that the node began with.
    pub(crate) beginning: AtomicU64,
}

/// In whose name messages may be sent without a signature.
#[derive(Default)]
pub(crate) struct Impersonated {
    pub(crate) everyone: bool,
    pub(crate) accounts: BTreeSet<Address>,
}

/// How many clients may wait for a message at a time.
pub(crate) const WAITERS_MAX: usize = 64;

/// Who is asking.
pub(crate) struct Caller<'a> {
    pub(crate) node: &'a Node,
    /// The connection, if it is one that can carry subscriptions.
    pub(crate) session: Option<&'a Session>,
}

impl Caller<'_> {
    /// The chain of the node.
    pub(crate) fn chain(&self) -> &Chain {
        &self.node.chain
    }

    /// The connection, for what only a lasting one can have.
    pub(crate) fn session(&self) -> Result<&Session, Error> {
        self.session.ok_or_else(|| {
            Error::not_supported("notifications not supported: connect by WebSocket or IPC")
        })
    }
}

impl Node {
    pub(crate) fn new(chain: Arc<Chain>, wallet: Wallet, namespaces: &[Namespace]) -> Self {
        let methods = crate::methods::table()
            .filter(|row| namespaces.contains(&row.namespace))
            .map(|row| (row.name, row))
            .collect();
        Self {
            hub: Hub::on(&chain),
            filters: Filters::default(),
            waiters: AtomicUsize::new(0),
            beginning: AtomicU64::new(chain.snapshot()),
            chain,
            wallet,
            methods,
            impersonated: Mutex::default(),
        }
    }

    /// In whose name messages may be sent without a signature.
    pub(crate) fn impersonated(&self) -> std::sync::MutexGuard<'_, Impersonated> {
        self.impersonated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time, which the chain wants to be told.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
