//! `atoll node`: a chain on this machine, with funded accounts, that Ethereum's and Filecoin's
//! tools talk to.

mod banner;
mod console;
mod journal;

use std::fmt;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use atoll_actors::Policy;
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use atoll_chain::surroundings::Believer;
use atoll_chain::{
    Chain, Disk, Genesis, Key, Mining, Notice, Parts, Roles, SelectBy, SharedInspector,
};
use atoll_native::NativeRunner;
use atoll_native::genesis::Account;
use atoll_rpc::{Console, Namespace, Options, Server, serve};
use atoll_vm::executor::STACK_BYTES;
use atoll_vm::{Dispatcher, MemoryStore, Runner, SharedBlockstore};
use cid::Cid;
use clap::{Args, ValueEnum};
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::RegisteredPoStProof;
use fvm_shared::version::NetworkVersion;

use crate::bundle::Bundle;
use crate::bundle::known::{self, network_versions};
use crate::{Ending, amount, engine};

/// Run a Filecoin chain of your own, at once.
///
/// The chain starts with funded accounts, whose keys are those of anvil and Hardhat, and mines a
/// block for every message. Ethereum's tools (Foundry, Hardhat, viem, ethers, web3.py, MetaMask)
/// connect to http://127.0.0.1:8545, tools for Filecoin to /rpc/v1 below it; WebSocket is served
/// on the same port.
///
/// Everything is kept in memory, unless --data names a folder.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct NodeCommand {
    /// The port for HTTP and WebSocket; 0 takes any that is free.
    #[arg(long, short, default_value_t = 8545, value_name = "PORT")]
    port: u16,
    /// The address to listen on. Whoever reaches it can change the chain and use its keys.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "IP")]
    host: IpAddr,
    /// Listen on a Unix socket too.
    #[arg(long, value_name = "PATH")]
    ipc: Option<PathBuf>,
    /// Web pages of this origin may ask. Repeatable; `*` is any.
    #[arg(long, default_value = "*", value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Turn off the methods that change the chain at will (anvil_, hardhat_, evm_, atoll_).
    #[arg(long)]
    no_developer_methods: bool,

    /// How many accounts get funds.
    #[arg(long, short, default_value_t = 10, value_name = "N",
          value_parser = clap::value_parser!(u16).range(..=1000))]
    accounts: u16,
    /// What each of them holds: digits alone count FIL.
    #[arg(long, default_value = "10000", value_name = "AMOUNT")]
    balance: String,
    /// The words that their keys are derived from.
    #[arg(long, short, default_value = DEV_MNEMONIC, value_name = "WORDS")]
    mnemonic: String,
    /// Where they are derived; the account's index follows.
    #[arg(long, default_value = DEV_PATH, value_name = "PATH")]
    derivation_path: String,

    /// Mine a block every so many seconds, instead of one for every message.
    #[arg(long, short, value_name = "SECONDS", conflicts_with = "no_mining")]
    block_time: Option<f64>,
    /// Mine only when asked to, by evm_mine, anvil_mine or atoll_mine.
    #[arg(long)]
    no_mining: bool,
    /// Which messages of different senders go first.
    #[arg(long, value_enum, default_value_t = Order::Arrival)]
    order: Order,

    /// The chain id of EIP-155: 314 is mainnet, 314159 calibration.
    #[arg(long, default_value_t = 31_415_926, value_name = "ID")]
    chain_id: u64,
    /// What the network calls itself.
    #[arg(long, default_value = "atoll", value_name = "NAME")]
    network_name: String,
    /// The network version; by default the newest that the actors are for.
    #[arg(long, value_name = "N")]
    network_version: Option<u32>,
    /// The time of the genesis in seconds of Unix; by default now.
    #[arg(long, value_name = "SECONDS")]
    timestamp: Option<u64>,
    /// The official built-in actors (.car); native ones if absent.
    #[arg(long, value_name = "BUNDLE")]
    actors: Option<PathBuf>,
    /// What native actors of storage go by: how large sectors are, and how soon proofs are due.
    #[arg(long, value_enum, default_value_t = Pace::Dev, conflicts_with = "actors")]
    policy: Pace,

    /// Keep the chain in this folder, and go on with what is in it.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Machines that mine and look at the same time.
const MACHINES: usize = 16;

const HELP: &str = "\
Examples:
  atoll node                            a chain in memory; Ctrl-C ends it
  atoll node --block-time 30            at mainnet's pace
  atoll node --data chain               the same chain again after a restart
  atoll node --actors builtin-actors-mainnet.car
                                        the official actors, with mainnet's gas to the unit

Then, from another terminal:
  cast send --rpc-url http://127.0.0.1:8545 --private-key KEY --value 1ether ADDRESS
  curl -s http://127.0.0.1:8545/rpc/v1 -H 'Content-Type: application/json' \\
    -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"Filecoin.ChainHead\",\"params\":[]}'";

/// In which order messages of different senders go on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    /// First come, first served.
    Arrival,
    /// The highest premium first.
    Fees,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arrival => "arrival",
            Self::Fees => "fees",
        })
    }
}

/// What native actors of storage go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Pace {
    /// Sectors from 2 KiB, each proven every 240 epochs; deals and sectors of 480 epochs.
    Dev,
    /// As on mainnet.
    Mainnet,
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dev => "dev",
            Self::Mainnet => "mainnet",
        })
    }
}

impl Pace {
    fn policy(self) -> Policy {
        match self {
            Self::Dev => Policy::dev(),
            Self::Mainnet => Policy::mainnet(),
        }
    }
}

impl NodeCommand {
    /// Starts the chain and its server, and serves until the process is ended.
    pub fn run(&self, out: &mut (dyn Write + Send)) -> Result<Ending> {
        // Calls may nest deeper than the stack of the first thread allows.
        thread::scope(|scope| {
            let worker = thread::Builder::new().stack_size(STACK_BYTES);
            let worker = worker.spawn_scoped(scope, || self.serve(out))?;
            worker
                .join()
                .unwrap_or_else(|_| bail!("the node panicked; this is a bug"))
        })
    }

    fn serve(&self, out: &mut dyn Write) -> Result<Ending> {
        let keys = derive(
            &self.mnemonic,
            &self.derivation_path,
            usize::from(self.accounts),
        )?;
        let roles = Roles::of(keys.first().context("there is an account at least")?);
        let chain = Arc::new(self.open(&keys, &roles)?);
        if self.order == Order::Fees {
            chain.set_select(SelectBy::Fee);
        }
        let (sender, notices) = mpsc::channel();
        chain.listen(Box::new(move |notice| {
            // The receiver lives as long as the process.
            let _ = sender.send(notice.clone());
        }));
        chain.set_mining(self.mining()?);
        let server = self.listen(&chain, [keys.clone(), roles.keys()].concat())?;
        if !self.quiet {
            banner::print(out, &chain, &keys, server.addresses(), self)?;
            out.flush()?;
        }
        let mut clock = Clock::default();
        let mut said = Console::default();
        loop {
            match notices.recv_timeout(clock.wait()) {
                Ok(Notice::Mining(mining)) => clock.set(mining),
                Ok(notice) if !self.quiet => {
                    journal::print(out, &chain, &notice)?;
                    console::print(out, &mut said, &chain, &notice)?;
                    out.flush()?;
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if clock.strikes() {
                        chain.mine(now()?)?;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Ending::Good),
            }
        }
    }

    /// An official bundle has mainnet's policy built in.
    fn policy(&self) -> Policy {
        match self.actors {
            Some(_) => Policy::mainnet(),
            None => self.policy.policy(),
        }
    }

    fn mining(&self) -> Result<Mining> {
        let Some(seconds) = self.block_time else {
            return Ok(if self.no_mining {
                Mining::OnRequest
            } else {
                Mining::OnSubmission
            });
        };
        let interval = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|interval| !interval.is_zero());
        let interval =
            interval.with_context(|| format!("a block can't be mined every {seconds} seconds"))?;
        Ok(Mining::Every(interval))
    }

    fn listen(&self, chain: &Arc<Chain>, keys: Vec<Key>) -> Result<Server> {
        let mut options = Options {
            listen: vec![SocketAddr::new(self.host, self.port)],
            ipc: self.ipc.clone(),
            origins: self.allow_origin.clone(),
            ..Options::default()
        };
        if self.no_developer_methods {
            options
                .namespaces
                .retain(|namespace| *namespace != Namespace::Developer);
        }
        serve(chain.clone(), keys, options).with_context(|| {
            format!(
                "listening on {}:{} (does another node run? --port 0 takes a free port)",
                self.host, self.port
            )
        })
    }

    /// The chain in the folder, or a new one.
    fn open(&self, keys: &[Key], roles: &Roles) -> Result<Chain> {
        let bundle = self.actors.as_deref().map(Bundle::open).transpose()?;
        let disk = match &self.data {
            Some(path) => Some(Arc::new(open_disk(path)?)),
            None => None,
        };
        // A folder may hold a chain on Wasm actors.
        let wasm = if bundle.is_some() || disk.is_some() {
            Some(engine::wasm(MACHINES)?)
        } else {
            None
        };
        let blocks: SharedBlockstore = match &disk {
            Some(disk) => disk.clone(),
            None => Arc::new(MemoryStore::new()),
        };
        let built_in = match &bundle {
            Some(bundle) => {
                bundle.blocks.copy_to(&*blocks)?;
                Some(bundle.data)
            }
            None => None,
        };
        let policy = self.policy();
        let unwatched = runner(wasm.clone(), policy.clone(), None);
        let parts = Parts {
            blocks,
            disk,
            runner: unwatched,
            watched: {
                let policy = policy.clone();
                Box::new(move |inspector| runner(wasm.clone(), policy.clone(), Some(inspector)))
            },
            verifier: Arc::new(Believer),
            policy,
        };
        match Chain::reopen(parts)? {
            Ok(chain) => {
                ensure!(
                    chain.chain_id() == self.chain_id,
                    "the chain in the folder has the id {0}; go on with it by --chain-id {0}",
                    chain.chain_id()
                );
                Ok(chain)
            }
            Err(parts) => {
                let mut genesis = self.genesis(keys, built_in, bundle.as_ref())?;
                roles.join(&mut genesis, smallest(&parts.policy));
                Ok(Chain::new(parts, &genesis)?)
            }
        }
    }

    fn genesis(
        &self,
        keys: &[Key],
        built_in: Option<Cid>,
        bundle: Option<&Bundle>,
    ) -> Result<Genesis> {
        let plain = self
            .balance
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let balance = if plain {
            amount::parse(&format!("{} FIL", self.balance))?
        } else {
            amount::parse(&self.balance)?
        };
        Ok(Genesis {
            network_name: self.network_name.clone(),
            chain_id: self.chain_id,
            network_version: self.network_version(bundle)?,
            timestamp: match self.timestamp {
                Some(timestamp) => timestamp,
                None => now()?,
            },
            accounts: accounts(keys, &balance),
            built_in,
            ..Genesis::default()
        })
    }

    fn network_version(&self, bundle: Option<&Bundle>) -> Result<NetworkVersion> {
        let newest = Genesis::default().network_version;
        let known = bundle
            .and_then(|bundle| known::find(&bundle.manifest.to_string()))
            .and_then(|known| network_versions(known.version));
        let (first, last) = known.unwrap_or((newest.into(), newest.into()));
        let wanted = self.network_version.unwrap_or(last);
        if known.is_some() {
            ensure!(
                (first..=last).contains(&wanted),
                "these actors are for the network versions {first} to {last}, not {wanted}"
            );
        }
        Ok(NetworkVersion::new(wanted))
    }
}

/// Both accounts of every key: Ethereum's tools know one, Filecoin's the other.
fn accounts(keys: &[Key], balance: &TokenAmount) -> Vec<Account> {
    let ethereum = keys
        .iter()
        .filter_map(|key| Some(key.eth_address()?.to_f410()));
    let filecoin = keys.iter().map(Key::address);
    ethereum
        .chain(filecoin)
        .map(|address| Account {
            address,
            balance: balance.clone(),
        })
        .collect()
}

/// The smallest sectors that a miner may have.
fn smallest(policy: &Policy) -> RegisteredPoStProof {
    let sizes = policy.post_proofs.iter();
    let smallest =
        sizes.min_by_key(|proof| proof.sector_size().map_or(u64::MAX, |size| size as u64));
    *smallest.expect("a policy allows some proof")
}

fn open_disk(path: &Path) -> Result<Disk> {
    std::fs::create_dir_all(path)
        .with_context(|| format!("making the folder {}", path.display()))?;
    Disk::open(path).with_context(|| format!("the folder {}", path.display()))
}

/// Runs native actors, and Wasm ones if there may be any.
fn runner(
    wasm: Option<Arc<dyn Runner>>,
    policy: Policy,
    inspector: Option<SharedInspector>,
) -> Arc<dyn Runner> {
    let mut native = NativeRunner::new(policy);
    if let Some(inspector) = inspector {
        native = native.watched_by(inspector);
    }
    let mut dispatcher = Dispatcher::new();
    if let Some(wasm) = wasm {
        dispatcher = dispatcher.with_wasm(wasm);
    }
    Arc::new(engine::with_natives(dispatcher, native))
}

fn now() -> Result<u64> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock of this machine is before 1970")?;
    Ok(since.as_secs())
}

/// Strikes at intervals, if mining is to happen at intervals.
#[derive(Debug, Default)]
struct Clock {
    next: Option<(Instant, Duration)>,
}

impl Clock {
    /// How long to sleep where nothing is to be done at a time.
    const LONG: Duration = Duration::from_secs(3600);

    fn set(&mut self, mining: Mining) {
        self.next = match mining {
            Mining::Every(interval) => Instant::now()
                .checked_add(interval)
                .map(|next| (next, interval)),
            Mining::OnSubmission | Mining::OnRequest => None,
        };
    }

    fn wait(&self) -> Duration {
        match self.next {
            Some((next, _)) => next.saturating_duration_since(Instant::now()),
            None => Self::LONG,
        }
    }

    /// Is it time? If so, the next time is an interval later, or later than now if the node
    /// could not keep up.
    fn strikes(&mut self) -> bool {
        let Some((next, interval)) = self.next else {
            return false;
        };
        let now = Instant::now();
        if now < next {
            return false;
        }
        let due = next.checked_add(interval).filter(|due| *due > now);
        self.next = due.or(now.checked_add(interval)).map(|due| (due, interval));
        true
    }
}
