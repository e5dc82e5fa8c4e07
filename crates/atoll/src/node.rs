//! `atoll node`: a chain on this machine, with funded accounts, that Ethereum's and Filecoin's
//! tools talk to.

mod banner;
mod console;
mod fork;
mod journal;

use std::fmt;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use atoll_actors::Policy;
use atoll_chain::fork::ForkedBlocks;
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use atoll_chain::{Chain, Disk, Genesis, Key, Mining, Notice, Roles, SelectBy};
use atoll_native::genesis::Account;
use atoll_rpc::{Console, Namespace, Options, Server, serve};
use atoll_vm::executor::STACK_BYTES;
use atoll_vm::state::Atto;
use cid::Cid;
use clap::{Args, ValueEnum};
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::RegisteredPoStProof;
use fvm_shared::version::NetworkVersion;
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::iterator::Signals;

use self::fork::Forked;
use crate::bundle::Bundle;
use crate::bundle::known::{self, network_versions};
use crate::parts::{Actors, open_disk, parts, restore, save};
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
    /// What native actors of storage go by: how large sectors are, and how soon proofs are due. By
    /// default what the folder went by, or dev.
    #[arg(long, value_enum, conflicts_with = "actors")]
    policy: Option<Pace>,

    /// Keep the chain in this folder, and go on with what is in it.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Go on from another node's chain, whose state is fetched as it is needed.
    #[arg(long, value_name = "URL",
          conflicts_with_all = ["actors", "chain_id", "network_version", "timestamp"])]
    fork: Option<String>,
    /// After this epoch; after the newest one if absent.
    #[arg(long, value_name = "EPOCH", requires = "fork")]
    fork_epoch: Option<i64>,
    /// Go on with the chain in this file, if there is one, and write it back at the end.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "fork"])]
    state: Option<PathBuf>,
    /// Keep the states of so many tipsets, and forget those before now and then; all if absent.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    keep_states: Option<u64>,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

const HELP: &str = "\
Examples:
  atoll node                            a chain in memory; Ctrl-C ends it
  atoll node --block-time 30            at mainnet's pace
  atoll node --data chain               the same chain again after a restart
  atoll node --state chain.car          in memory, and in a file between two runs
  atoll node --fork http://127.0.0.1:1234/rpc/v1
                                        another chain's state, to try things out on
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
pub enum Pace {
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
    /// The policy itself.
    #[must_use]
    pub fn policy(self) -> Policy {
        match self {
            Self::Dev => Policy::dev(),
            Self::Mainnet => Policy::mainnet(),
        }
    }

    /// What the chain in a folder goes by: what it went by before, or else what is asked for.
    pub fn of_folder(disk: &Disk, asked: Option<Self>) -> Result<Self> {
        let Some(name) = disk.policy()? else {
            return Ok(asked.unwrap_or(Self::Dev));
        };
        let noted = Self::from_str(&name, false);
        let noted = noted.map_err(|why| anyhow!("the folder's policy: {why}"))?;
        ensure!(
            asked.is_none_or(|asked| asked == noted),
            "the chain in the folder goes by the policy {noted}, for good"
        );
        Ok(noted)
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
        let (sender, events) = mpsc::channel();
        let stop = sender.clone();
        let mut signals = Signals::new(TERM_SIGNALS).context("listening for Ctrl-C")?;
        thread::spawn(move || {
            for _ in signals.forever() {
                // The receiver lives as long as the process.
                let _ = stop.send(Event::Stop);
            }
        });
        let roles = Roles::of(keys.first().context("there is an account at least")?);
        let chain = Arc::new(self.open(&keys, &roles)?);
        if self.order == Order::Fees {
            chain.set_select(SelectBy::Fee);
        }
        chain.listen(Box::new(move |notice| {
            let _ = sender.send(Event::Notice(notice.clone()));
        }));
        chain.set_mining(self.mining()?);
        let server = self.listen(&chain, [keys.clone(), roles.keys()].concat())?;
        if !self.quiet {
            banner::print(out, &chain, &keys, server.addresses(), self)?;
            out.flush()?;
        }
        let mut clock = Clock::default();
        let mut said = Console::default();
        let mut pruned = chain.head().epoch();
        loop {
            match events.recv_timeout(clock.wait()) {
                Ok(Event::Notice(Notice::Mining(mining))) => clock.set(mining),
                Ok(Event::Notice(notice)) => {
                    if !self.quiet {
                        journal::print(out, &chain, &notice)?;
                        console::print(out, &mut said, &chain, &notice)?;
                        out.flush()?;
                    }
                    self.prune(&chain, &mut pruned)?;
                }
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    if clock.strikes() {
                        chain.mine(now()?)?;
                    }
                }
            }
        }
        // Nobody's message may be acknowledged that is not in the file.
        drop(server);
        if let Some(path) = &self.state {
            let written = save(&chain, path)?;
            if !self.quiet {
                let (tipsets, path) = (written.tipsets, path.display());
                writeln!(out, "{tipsets} tipsets are in {path}")?;
            }
        }
        Ok(Ending::Good)
    }

    /// Forgets old states, when there are as many of them as are to be kept.
    fn prune(&self, chain: &Chain, pruned: &mut i64) -> Result<()> {
        let Some(kept) = self.keep_states else {
            return Ok(());
        };
        let head = chain.head().epoch();
        let since = u64::try_from(head.saturating_sub(*pruned)).unwrap_or_default();
        if since >= kept.saturating_mul(2) {
            chain.prune(usize::try_from(kept).unwrap_or(usize::MAX))?;
            *pruned = head;
        }
        Ok(())
    }

    /// What is asked for. An official bundle has mainnet's policy built in.
    fn pace(&self) -> Option<Pace> {
        match self.actors {
            Some(_) => Some(Pace::Mainnet),
            None => self.policy,
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

    /// The chain in the folder or the file, or a new one.
    fn open(&self, keys: &[Key], roles: &Roles) -> Result<Chain> {
        if let Some(path) = self.state.as_deref().filter(|path| path.exists()) {
            let pace = self.pace().unwrap_or(Pace::Dev);
            let chain = restore(path, None, pace.policy())?;
            self.check_id(&chain, "the file")?;
            return Ok(chain);
        }
        let Some(folder) = &self.data else {
            let pace = self.pace().unwrap_or(Pace::Dev);
            return self.begin(None, pace, keys, roles);
        };
        let disk = Arc::new(open_disk(folder)?);
        let pace = Pace::of_folder(&disk, self.pace())?;
        let chain = self.begin(Some(disk.clone()), pace, keys, roles)?;
        disk.set_policy(&pace.to_string())?;
        Ok(chain)
    }

    /// The chain on the disk, or a new one.
    fn begin(
        &self,
        disk: Option<Arc<Disk>>,
        pace: Pace,
        keys: &[Key],
        roles: &Roles,
    ) -> Result<Chain> {
        let bundle = self.actors.as_deref().map(Bundle::open).transpose()?;
        // A folder or another chain may have Wasm actors.
        let actors = match bundle.is_some() || disk.is_some() || self.fork.is_some() {
            true => Actors::Any,
            false => Actors::Native,
        };
        let mut parts = parts(disk, actors, pace.policy())?;
        if let Some(url) = &self.fork {
            let own = parts.blocks.clone();
            let origin = Box::new(Forked::new(url));
            let kept = engine::cache().map(|cache| cache.join("fork"));
            parts.blocks = Arc::new(ForkedBlocks::new(own, kept, origin)?);
        }
        let parts = match Chain::reopen(parts)? {
            Ok(chain) => {
                if self.fork.is_none() {
                    self.check_id(&chain, "the folder")?;
                }
                return Ok(chain);
            }
            Err(parts) => parts,
        };
        if let Some(url) = &self.fork {
            let base = Forked::new(url).base(self.fork_epoch)?;
            let chain = Chain::forked(parts, &base)?;
            let balance = self.balance()?;
            let atto = Atto::from_token(&balance).context("the balance is too large")?;
            chain.edit(|state| {
                let mut accounts = accounts(keys, &balance).into_iter();
                accounts.try_for_each(|account| state.set_balance(&account.address, atto))
            })?;
            return Ok(chain);
        }
        let built_in = match &bundle {
            Some(bundle) => {
                bundle.blocks.copy_to(&*parts.blocks)?;
                Some(bundle.data)
            }
            None => None,
        };
        let mut genesis = self.genesis(keys, built_in, bundle.as_ref())?;
        roles.join(&mut genesis, smallest(&parts.policy));
        Ok(Chain::new(parts, &genesis)?)
    }

    fn check_id(&self, chain: &Chain, place: &str) -> Result<()> {
        ensure!(
            chain.chain_id() == self.chain_id,
            "the chain in {place} has the id {0}; go on with it by --chain-id {0}",
            chain.chain_id()
        );
        Ok(())
    }

    /// What each account holds at the beginning.
    fn balance(&self) -> Result<TokenAmount> {
        let plain = self
            .balance
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        match plain {
            true => amount::parse(&format!("{} FIL", self.balance)),
            false => amount::parse(&self.balance),
        }
    }

    fn genesis(
        &self,
        keys: &[Key],
        built_in: Option<Cid>,
        bundle: Option<&Bundle>,
    ) -> Result<Genesis> {
        let balance = self.balance()?;
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

/// What the node waits for.
enum Event {
    /// Something happened to the chain.
    Notice(Notice),
    /// The user has enough.
    Stop,
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
