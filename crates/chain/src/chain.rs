//! The chain of one node: its tipsets, its waiting messages, and the machine that applies them.
//!
//! Any number of threads may look and submit; one at a time mines. Whoever looks sees finished
//! tipsets only, and keeps seeing the state it began with.

mod borrow;
mod dump;
mod mine;
mod pending;
mod replay;
mod rewind;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use atoll_actors::Policy;
use atoll_actors::randomness::{self, Purpose};
use atoll_native::SharedInspector;
use atoll_native::genesis::{self, Account, GenesisError, Grant, MinerPlan, Plan};
use atoll_vm::{Externs, Fatal, OrFatal, Runner, SharedBlockstore, Verifier};
use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::version::NetworkVersion;
use num_bigint::BigInt;

use crate::apply::Terms;
use crate::disk::{ChainRecord, Change, Disk};
use crate::externs::{ChainExterns, beacon_entry, blake2b, ticket};
use crate::fork::Base;
use crate::hash::Hash;
use crate::header::{BlockHeader, eth_block_hash, tipset_key, tipset_key_block, write_messages};
use crate::header::{ElectionProof, write_receipts};
use crate::history::{History, SharedHistory, Tipsets};
use crate::pool::{Pool, SelectBy};
use crate::signed::{CheckedMessage, cbor};
use crate::spill::SpilledBlocks;
use crate::supply::Supply;
use crate::tipset::{Executed, Tipset};
use crate::view::StateView;

pub use borrow::Borrowed;
pub(crate) use borrow::with_stack;
pub use dump::LoadError;
pub use mine::Mining;
pub use pending::Pending;
pub use replay::{Between, Replayed};
pub use rewind::KeepMessages;

/// What a chain works with.
pub struct Parts {
    /// Where blocks of data are kept.
    pub blocks: SharedBlockstore,
    /// Where tipsets are kept, if they are: the same folder as that of the blocks.
    pub disk: Option<Arc<Disk>>,
    /// Where the blocks are, if they are not on the disk: those that can be forgotten again.
    pub spilled: Option<Arc<SpilledBlocks>>,
    /// Who runs actors.
    pub runner: Arc<dyn Runner>,
    /// Makes one who also shows to an inspector what happens while messages run.
    pub watched: Box<dyn Fn(SharedInspector) -> Arc<dyn Runner> + Send + Sync>,
    /// Who judges proofs.
    pub verifier: Arc<dyn Verifier>,
    /// What the actors of storage go by.
    pub policy: Policy,
}

/// What a chain begins with.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// What the network calls itself.
    pub network_name: String,
    /// The EIP-155 chain id. 31415926 by convention on dev chains.
    pub chain_id: u64,
    /// The network version.
    pub network_version: NetworkVersion,
    /// The time of the genesis, in seconds of Unix.
    pub timestamp: u64,
    /// The base fee of the first tipset.
    pub base_fee: TokenAmount,
    /// FIL in circulation, if it is not to be counted.
    pub circulating_supply: Option<TokenAmount>,
    /// How long an epoch lasts, in seconds.
    pub epoch_seconds: u64,
    /// Accounts with funds.
    pub accounts: Vec<Account>,
    /// Who names verifiers: one of the accounts, or the first if none is named.
    pub root_key: Option<Address>,
    /// Who may hand out datacap.
    pub verifiers: Vec<Grant>,
    /// Who has datacap. It is the first verifier's to give.
    pub verified_clients: Vec<Grant>,
    /// Miners without sectors. The first makes the blocks and earns their rewards; without any,
    /// rewards are burnt.
    pub miners: Vec<MinerPlan>,
    /// The list of the built-in actors, in the blockstore; native ones if absent.
    pub built_in: Option<Cid>,
}

impl Default for Genesis {
    fn default() -> Self {
        Self {
            network_name: "atoll".to_owned(),
            chain_id: 31_415_926,
            network_version: NetworkVersion::new(28),
            timestamp: 0,
            base_fee: TokenAmount::from_atto(crate::base_fee::BASE_FEE_MIN),
            circulating_supply: None,
            epoch_seconds: 30,
            accounts: Vec::new(),
            root_key: None,
            verifiers: Vec::new(),
            verified_clients: Vec::new(),
            miners: Vec::new(),
            built_in: None,
        }
    }
}

/// Something happened to the chain.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A message waits for a block.
    Waiting(Arc<CheckedMessage>),
    /// A message will not be on chain, for a reason in words.
    Dropped(Arc<CheckedMessage>, String),
    /// A tipset is the new head.
    Applied(Arc<Tipset>),
    /// The head is no longer on the chain; its parent is the head again.
    Reverted(Arc<Tipset>),
    /// Tipsets are made at other times from now on.
    Mining(Mining),
}

/// Who is told what happens. Called by the thread that made it happen, in order; it must not
/// call back into what changes the chain.
pub type Listener = Box<dyn Fn(&Notice) + Send + Sync>;

/// A chain. See the module's words.
pub struct Chain {
    pub(crate) parts: Parts,
    network_name: String,
    settings: RwLock<Settings>,
    pub(crate) history: SharedHistory,
    pool: Mutex<Pool>,
    worker: Mutex<borrow::Worker>,
    idle: Mutex<borrow::Idle>,
    snapshots: Mutex<rewind::Snapshots>,
    listeners: RwLock<Vec<Listener>>,
}

/// What the user may change while the chain runs.
#[derive(Clone, Debug)]
struct Settings {
    terms: Terms,
    mining: Mining,
    select: SelectBy,
    /// The base fee of the next tipset, if it is not to follow from the last.
    next_base_fee: Option<TokenAmount>,
    time: mine::Time,
    /// How often tipsets were replaced by others.
    branch: u64,
}

impl Chain {
    /// Makes a chain of a genesis alone.
    pub fn new(parts: Parts, genesis: &Genesis) -> Result<Self, Fatal> {
        let vested = genesis.accounts.iter().map(|account| &account.balance);
        let mut terms = Terms {
            network_version: genesis.network_version,
            chain_id: genesis.chain_id,
            supply: Supply {
                vested: vested.sum(),
                fixed: genesis.circulating_supply.clone(),
            },
            miner: Address::new_id(atoll_vm::actors::BURNT_FUNDS_ACTOR),
            epoch_seconds: genesis.epoch_seconds,
        };
        let built_in = match genesis.built_in {
            Some(list) => list,
            None => genesis::native_actors(&*parts.blocks).map_err(GenesisError::into_fatal)?,
        };
        let mut context = terms.context(0, genesis.timestamp, &TokenAmount::default());
        // Nothing is mined, burnt or locked before the first state is there.
        let fixed = genesis.circulating_supply.as_ref();
        context.circulating_supply = fixed.unwrap_or(&terms.supply.vested).clone();
        let plan = Plan {
            accounts: genesis.accounts.clone(),
            root_key: genesis.root_key,
            verifiers: genesis.verifiers.clone(),
            verified_clients: genesis.verified_clients.clone(),
            miners: genesis.miners.clone(),
            ..Plan::bare(context, built_in, genesis.network_name.as_str())
        };
        let state = genesis::build(&plan, &parts.blocks, &parts.runner)
            .map_err(GenesisError::into_fatal)?;
        if let Some(miner) = state.miners.first() {
            terms.miner = Address::new_id(*miner);
        }
        let first = first_tipset(&parts.blocks, genesis, &terms, state.root)?;
        if let Some(disk) = &parts.disk {
            let chain = chain_record(&genesis.network_name, &terms);
            disk.commit(&[Change::Chain(&chain), Change::Put(&first)])?;
        }
        let history = History::new(Arc::new(first), parts.disk.clone())?;
        Ok(Self::with(
            parts,
            genesis.network_name.clone(),
            terms,
            history,
        ))
    }

    /// Makes a chain that goes on from another's. What happened before is not on it.
    pub fn forked(parts: Parts, base: &Base) -> Result<Self, Fatal> {
        let roots = Roots {
            state: base.state_root,
            receipts: base.receipts_root,
        };
        let first = finish(
            &parts.blocks,
            base.header.clone(),
            &base.terms,
            roots,
            Vec::new(),
        )?;
        if let Some(disk) = &parts.disk {
            let chain = chain_record(&base.network_name, &base.terms);
            disk.commit(&[Change::Chain(&chain), Change::Put(&first)])?;
        }
        let history = History::new(Arc::new(first), parts.disk.clone())?;
        let name = base.network_name.clone();
        Ok(Self::with(parts, name, base.terms.clone(), history))
    }

    /// Goes on with the chain on the disk; `None` if there is none on it yet.
    pub fn reopen(parts: Parts) -> Result<Result<Self, Parts>, Fatal> {
        let Some(disk) = &parts.disk else {
            return Ok(Err(parts));
        };
        let Some(record) = disk.chain()? else {
            return Ok(Err(parts));
        };
        let history = History::reopen(disk.clone())?;
        let history = history
            .ok_or_else(|| Fatal::new("there is a chain on the disk, but no tipset of it"))?;
        let terms = record.terms.into();
        Ok(Ok(Self::with(parts, record.network_name, terms, history)))
    }

    pub(crate) fn with(parts: Parts, network_name: String, terms: Terms, history: History) -> Self {
        Self {
            parts,
            network_name,
            settings: RwLock::new(Settings {
                terms,
                mining: Mining::OnSubmission,
                select: SelectBy::default(),
                next_base_fee: None,
                time: mine::Time::default(),
                branch: 0,
            }),
            history: SharedHistory::new(history),
            pool: Mutex::default(),
            worker: Mutex::default(),
            idle: Mutex::default(),
            snapshots: Mutex::default(),
            listeners: RwLock::default(),
        }
    }

    /// Puts changes on the disk, if there is one.
    fn keep(&self, changes: &[Change<'_>]) -> Result<(), Fatal> {
        match &self.parts.disk {
            Some(disk) => disk.commit(changes),
            None => Ok(()),
        }
    }

    /// What the actors of storage go by.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.parts.policy
    }

    /// What the network calls itself.
    #[must_use]
    pub fn network_name(&self) -> &str {
        &self.network_name
    }

    /// What is the same for all tipsets.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.read_settings().terms.clone()
    }

    /// Changes what is the same for all tipsets, from the next one on.
    pub fn set_terms(&self, change: impl FnOnce(&mut Terms)) -> Result<(), Fatal> {
        let terms = {
            let mut settings = self.write_settings();
            change(&mut settings.terms);
            settings.terms.clone()
        };
        self.keep(&[Change::Chain(&chain_record(&self.network_name, &terms))])
    }

    /// The EIP-155 chain id.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.read_settings().terms.chain_id
    }

    /// The last tipset.
    #[must_use]
    pub fn head(&self) -> Arc<Tipset> {
        self.history.read().head().clone()
    }

    /// The first tipset.
    #[must_use]
    pub fn genesis(&self) -> Arc<Tipset> {
        self.history.read().genesis().clone()
    }

    /// The tipset at an epoch; `None` if the round was null, or is yet to come.
    #[must_use]
    pub fn tipset(&self, epoch: ChainEpoch) -> Option<Arc<Tipset>> {
        self.history.read().at(epoch)
    }

    /// The tipset at an epoch, or the last one before it.
    #[must_use]
    pub fn tipset_at_or_before(&self, epoch: ChainEpoch) -> Option<Arc<Tipset>> {
        self.history.read().at_or_before(epoch)
    }

    /// The tipset at an epoch, or the first one after it.
    #[must_use]
    pub fn tipset_at_or_after(&self, epoch: ChainEpoch) -> Option<Arc<Tipset>> {
        self.history.read().at_or_after(epoch)
    }

    /// The tipsets from one epoch to another, both included, in order. Each is loaded when its
    /// turn comes.
    #[must_use]
    pub fn tipsets(&self, epochs: std::ops::RangeInclusive<ChainEpoch>) -> Tipsets {
        self.history.range(epochs)
    }

    /// The tipset with this Ethereum block hash (the digest of its key), or whose block's CID
    /// has this digest.
    #[must_use]
    pub fn tipset_by_hash(&self, hash: &Hash) -> Option<Arc<Tipset>> {
        self.history.read().by_hash(hash)
    }

    /// A message on chain by its Ethereum hash or the digest of its CID, and its tipset.
    #[must_use]
    pub fn message(&self, hash: &Hash) -> Option<(Arc<Tipset>, Arc<Executed>)> {
        self.history.read().message(hash)
    }

    /// A message that waits for a block, by its Ethereum hash or the digest of its CID.
    #[must_use]
    pub fn waiting(&self, hash: &Hash) -> Option<Arc<CheckedMessage>> {
        self.pool().get(hash).cloned()
    }

    /// All messages that wait for a block, in the order of arrival.
    #[must_use]
    pub fn all_waiting(&self) -> Vec<Arc<CheckedMessage>> {
        self.pool().messages()
    }

    /// How many messages wait for a block.
    #[must_use]
    pub fn waiting_count(&self) -> usize {
        self.pool().len()
    }

    /// Forgets a message that waits. Those after it in sequence wait on.
    pub fn drop_waiting(&self, hash: &Hash) -> Option<Arc<CheckedMessage>> {
        let mut pool = self.pool();
        let message = pool.get(hash)?.message();
        let (from, sequence) = (message.from, message.sequence);
        pool.remove(&from, sequence)
    }

    /// Forgets all messages that wait.
    pub fn drop_all_waiting(&self) {
        self.pool().clear();
    }

    /// The sequence number that a sender's next message should have: after those on chain, and
    /// after those that wait without a gap.
    pub fn next_sequence(&self, sender: &Address) -> Result<u64, Fatal> {
        let head = self.head();
        let actor = self.state(&head)?.actor(sender)?;
        let on_chain = actor.map_or(0, |(_, actor)| actor.sequence);
        Ok(self.pool().next_sequence(sender, on_chain))
    }

    /// The state after a tipset.
    pub fn state(&self, tipset: &Tipset) -> Result<StateView<'_>, Fatal> {
        let context = self
            .terms()
            .context(tipset.epoch(), tipset.timestamp(), tipset.base_fee());
        let executor = self.borrow(&tipset.state_root, context)?;
        Ok(StateView { executor })
    }

    /// A block of data by its CID, for whoever walks over states and messages.
    pub fn block(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Fatal> {
        self.parts.blocks.get(cid).or_fatal("reading a block")
    }

    /// What an actor draws from the tickets of this chain for a purpose, with no entropy of its
    /// own.
    pub fn ticket_randomness(
        &self,
        purpose: Purpose,
        epoch: ChainEpoch,
    ) -> Result<[u8; 32], Fatal> {
        let digest = self.externs().chain_randomness(epoch);
        let digest = digest.or_fatal("drawing from the tickets")?;
        Ok(blake2b(&randomness::preimage(&digest, purpose, epoch, &[])))
    }

    /// The base fee of the next tipset.
    #[must_use]
    pub fn next_base_fee(&self) -> TokenAmount {
        let head = self.head();
        let settings = self.read_settings();
        match &settings.next_base_fee {
            Some(base_fee) => base_fee.clone(),
            None => mine::base_fee_after(&settings.terms, &head),
        }
    }

    /// Tells a function whatever happens from now on.
    pub fn listen(&self, listener: Listener) {
        self.listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(listener);
    }

    fn notify(&self, notice: &Notice) {
        let listeners = self.listeners.read();
        for listener in listeners.unwrap_or_else(PoisonError::into_inner).iter() {
            listener(notice);
        }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_settings(&self) -> std::sync::RwLockReadGuard<'_, Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_settings(&self) -> std::sync::RwLockWriteGuard<'_, Settings> {
        self.settings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn externs(&self) -> Arc<ChainExterns> {
        Arc::new(ChainExterns {
            history: self.history.clone(),
        })
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain at epoch {}", self.head().epoch())
    }
}

fn chain_record(network_name: &str, terms: &Terms) -> ChainRecord {
    ChainRecord {
        version: ChainRecord::VERSION,
        network_name: network_name.to_owned(),
        terms: terms.into(),
    }
}

fn first_tipset(
    store: &SharedBlockstore,
    genesis: &Genesis,
    terms: &Terms,
    state_root: Cid,
) -> Result<Tipset, Fatal> {
    let receipts_root = write_receipts(store, [])?;
    let header = BlockHeader {
        miner: Address::new_id(atoll_vm::actors::SYSTEM_ACTOR),
        ticket: Some(ticket(None, 0, 0)),
        election_proof: Some(elected()),
        beacon_entries: vec![beacon_entry(0)],
        win_post_proof: Vec::new(),
        parents: Vec::new(),
        parent_weight: BigInt::default(),
        height: 0,
        parent_state_root: state_root,
        parent_message_receipts: receipts_root,
        messages: write_messages(store, [])?,
        bls_aggregate: None,
        timestamp: genesis.timestamp,
        block_sig: None,
        fork_signaling: 0,
        parent_base_fee: genesis.base_fee.clone(),
    };
    let roots = Roots {
        state: state_root,
        receipts: receipts_root,
    };
    finish(store, header, terms, roots, Vec::new())
}

/// One win, which on a dev chain needs no proof.
fn elected() -> ElectionProof {
    ElectionProof {
        win_count: 1,
        vrf_proof: Vec::new(),
    }
}

/// What a tipset leads to, and the next one's header names.
#[derive(Clone, Copy, Debug)]
struct Roots {
    state: Cid,
    receipts: Cid,
}

/// Writes a header and puts the tipset together.
fn finish(
    store: &SharedBlockstore,
    header: BlockHeader,
    terms: &Terms,
    roots: Roots,
    executed: Vec<Executed>,
) -> Result<Tipset, Fatal> {
    let block = header.cid();
    let key = tipset_key(&[block]);
    store
        .put_keyed(&block, &cbor(&header))
        .and_then(|()| store.put_keyed(&key, &tipset_key_block(&[block])))
        .or_fatal("writing a header")?;
    let mut bloom = crate::log::Bloom::default();
    for log in executed.iter().flat_map(|executed| &executed.logs) {
        bloom.add_log(log);
    }
    Ok(Tipset {
        header,
        block,
        key,
        hash: eth_block_hash(&block),
        terms: terms.clone(),
        executed_root: roots.state,
        state_root: roots.state,
        receipts_root: roots.receipts,
        gas_used: executed
            .iter()
            .map(|executed| executed.receipt.gas_used)
            .sum(),
        messages: executed.into_iter().map(Arc::new).collect(),
        bloom,
    })
}
