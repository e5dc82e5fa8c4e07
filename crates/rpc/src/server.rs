//! Sockets: who may connect, how much they may ask for, and what happens when they are slow.

mod connections;
mod http;
mod ipc;
pub(crate) mod session;
mod slow;
mod websocket;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use atoll_chain::{Chain, Key};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::jsonrpc::{self, Bounds};
use crate::method::Namespace;
use crate::node::wallet::Wallet;
use crate::node::{Caller, Node, WAITERS_MAX};
use connections::Connections;
use session::Session;

/// What to serve, and to whom.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen for HTTP and WebSocket. Port 0 is any free one.
    pub listen: Vec<SocketAddr>,
    /// Where to put the Unix socket, if there is to be one.
    pub ipc: Option<PathBuf>,
    /// Web pages of these origins may ask; `*` is any. None: pages may not.
    pub origins: Vec<String>,
    /// Whose methods are turned on.
    pub namespaces: Vec<Namespace>,
    /// How much clients may ask for.
    pub limits: Limits,
}

impl Default for Options {
    /// Loopback, as wallets and tools expect it of a development node.
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8545))],
            ipc: None,
            origins: vec!["*".to_owned()],
            namespaces: vec![
                Namespace::Eth,
                Namespace::Filecoin,
                Namespace::Trace,
                Namespace::Developer,
            ],
            limits: Limits::default(),
        }
    }
}

/// What keeps the node's memory bounded, whoever its clients are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes in a request.
    pub request_bytes_max: usize,
    /// Bytes in an answer.
    pub answer_bytes_max: usize,
    /// Bytes of all requests that are being received or worked on.
    pub requests_bytes_max: usize,
    /// Requests in a batch.
    pub batch_max: usize,
    /// Open connections. Beyond, the one that was idle longest is closed.
    pub connections_max: usize,
    /// Subscriptions of one connection.
    pub subscriptions_max: usize,
    /// Bytes that wait for a subscriber who does not read. Beyond, it is cut off.
    pub backlog_bytes_max: usize,
    /// How long a client may take to send a request or to read an answer.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes_max: 32 << 20,
            answer_bytes_max: 128 << 20,
            requests_bytes_max: 128 << 20,
            batch_max: 10_000,
            connections_max: 16_384,
            subscriptions_max: 128,
            backlog_bytes_max: 16 << 20,
            patience: Duration::from_secs(60),
        }
    }
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    ipc: Option<PathBuf>,
    // Dropped without waiting: a handler may be in the middle of a long simulation.
    runtime: Option<Runtime>,
}

impl Server {
    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        if let Some(path) = &self.ipc {
            // Whoever comes next would find a socket that nobody answers.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A request can nest a thousand calls deep in the machine, each with frames on the stack.
const STACK_BYTES: usize = 64 << 20;

/// Starts to answer for a chain, and to sign with these keys. Returns when every socket is open.
pub fn serve(chain: Arc<Chain>, keys: Vec<Key>, options: Options) -> io::Result<Server> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores().min(4))
        .thread_name("rpc")
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()?;
    let open_files = raise_open_files();
    let node = Node::new(chain, Wallet::new(keys), &options.namespaces);
    let shared = Arc::new(Shared::new(node, &options, open_files));
    let mut addresses = Vec::new();
    let _entered = runtime.enter();
    for address in &options.listen {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        addresses.push(listener.local_addr()?);
        let listener = TcpListener::from_std(listener)?;
        runtime.spawn(http::listen(Arc::clone(&shared), listener));
    }
    if let Some(path) = &options.ipc {
        let listener = ipc::bind(path)?;
        runtime.spawn(ipc::listen(
            Arc::clone(&shared),
            UnixListener::from_std(listener)?,
        ));
    }
    Ok(Server {
        addresses,
        ipc: options.ipc,
        runtime: Some(runtime),
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Lets this process open as many sockets as the system allows it. Returns how many.
fn raise_open_files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: now.maximum,
        maximum: now.maximum,
    };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => now.maximum,
        Err(_) => now.current,
    };
    limit.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    })
}

/// What all connections share.
struct Shared {
    node: Node,
    origins: Vec<String>,
    limits: Limits,
    connections: Connections,
    /// One permit a byte (in units of [`BUDGET_UNIT`]) of a request that is received or worked on.
    budget: Arc<Semaphore>,
    /// Requests that are worked on at a time. More would not be faster, only larger.
    workers: Semaphore,
}

/// The budget is counted in KiB, because a semaphore's count is 32 bits wide.
const BUDGET_UNIT: usize = 1 << 10;
/// Files that the node itself needs: its data, its modules, its log.
const OWN_FILES: usize = 256;

impl Shared {
    fn new(node: Node, options: &Options, open_files: usize) -> Self {
        let limits = options.limits;
        let sockets = open_files.saturating_sub(OWN_FILES).max(16);
        Self {
            node,
            origins: options.origins.clone(),
            limits,
            connections: Connections::new(limits.connections_max.min(sockets)),
            budget: Arc::new(Semaphore::new(limits.requests_bytes_max / BUDGET_UNIT)),
            // Those that wait for a message hardly work.
            workers: Semaphore::new(2 * cores() + WAITERS_MAX),
        }
    }

    /// Works on a request, away from the threads that serve sockets.
    async fn answer(self: &Arc<Self>, text: Received, session: Option<Session>) -> Option<Vec<u8>> {
        let _worker = self.workers.acquire().await.ok()?;
        let shared = Arc::clone(self);
        let work = move || {
            let bounds = Bounds {
                batch_max: shared.limits.batch_max,
                answer_bytes_max: shared.limits.answer_bytes_max,
            };
            let caller = Caller {
                node: &shared.node,
                session: session.as_ref(),
            };
            jsonrpc::answer(&caller, bounds, &text.bytes)
        };
        // A panic in a handler is a fault of ours, and ends nothing but this request.
        match tokio::task::spawn_blocking(work).await {
            Ok(answer) => answer,
            Err(_) => {
                let mut out = Vec::new();
                let error = jsonrpc::error::Error::internal("the handler panicked");
                jsonrpc::write_error(&mut out, None, &error);
                Some(out)
            }
        }
    }
}

/// The bytes of a request, and their share of the budget until it is answered.
struct Received {
    bytes: Vec<u8>,
    share: Share,
}

impl Received {
    fn new() -> Self {
        Self {
            bytes: Vec::new(),
            share: Share(None),
        }
    }

    fn push(&mut self, shared: &Shared, piece: &[u8]) -> Result<(), TooMuch> {
        self.share.cover(shared, self.bytes.len() + piece.len())?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

/// A part of the budget for requests. It is given back when dropped.
struct Share(Option<OwnedSemaphorePermit>);

/// Why the rest of a request is not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TooMuch {
    /// It is larger than a request may be.
    Request,
    /// All requests together are larger than the node can hold now.
    Now,
}

impl Share {
    /// Takes as much as a request of this length needs.
    fn cover(&mut self, shared: &Shared, length: usize) -> Result<(), TooMuch> {
        if length > shared.limits.request_bytes_max {
            return Err(TooMuch::Request);
        }
        let held = self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let needed = length.div_ceil(BUDGET_UNIT).saturating_sub(held);
        if needed == 0 {
            return Ok(());
        }
        let needed = u32::try_from(needed).map_err(|_| TooMuch::Request)?;
        let budget = Arc::clone(&shared.budget);
        let more = budget
            .try_acquire_many_owned(needed)
            .map_err(|_| TooMuch::Now)?;
        match &mut self.0 {
            Some(share) => share.merge(more),
            None => self.0 = Some(more),
        }
        Ok(())
    }
}
