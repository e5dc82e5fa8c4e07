//! Ethereum's accounts as Filecoin's actors: a state to run a case on.
//!
//! An account with code or storage becomes a contract at its f410 address, one that has sent
//! something an Ethereum account, any other a placeholder. A transaction is what a node makes of
//! it (FIP-0055): a message to `InvokeEVM`, or to the address manager's `CreateExternal`. It pays
//! no fees. Ethereum's gas is another unit, so each unit that a case names, for a transaction or
//! for a call, stands for [`GAS_UNIT`] of ours.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use atoll_actors::evm::{self, CodeHash, EthAddress, State, address::EAM_ID};
use atoll_actors::{Policy, eam};
use atoll_native::NativeRunner;
use atoll_vm::state::{Actor, Atto};
use atoll_vm::{Applied, ApplyKind, Context, Executor, Runner, Setup, SlotMap};
use cid::Cid;
use fvm_ipld_blockstore::{Block, Blockstore};
use fvm_ipld_encoding::{BytesSer, CborStore, IPLD_RAW, RawBytes};
use fvm_shared::address::{Address, Payload};
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use multihash_codetable::Code;

use super::format::{Account, Wide};
use super::receipt::{Log, keccak};
use crate::contract::{self, Contract, Word};
use crate::state_diff::{self, ActorEntry};
use crate::store::{Frozen, Layered, reachable};
use atoll_chain::surroundings::{Believer, HashedChain};
use atoll_native::genesis::{self, Plan};

/// What a unit of Ethereum's gas stands for: enough that what suffices there suffices here.
const GAS_UNIT: u64 = 10_000;
/// No case needs more. Some name absurd amounts, and would never end.
const GAS_LIMIT_MAX: u64 = 20_000_000_000;

/// The version of the network with all of Cancun's opcodes.
const VERSION: NetworkVersion = NetworkVersion::V28;

/// What the cases share: the native actors, and a first state.
pub struct Ground {
    runner: Arc<dyn Runner>,
    state: Arc<Frozen>,
    root: Cid,
}

impl Ground {
    /// Makes a first state with the native actors.
    pub fn new() -> Result<Self> {
        let policy = Policy {
            evm_call_gas_unit: GAS_UNIT,
            ..Policy::mainnet()
        };
        let runner: Arc<dyn Runner> = Arc::new(NativeRunner::new(policy));
        let store = Arc::new(Layered::default());
        let built_in = genesis::native_actors(&*store)?;
        let plan = Plan::bare(Context::new(VERSION), built_in, "ethereum");
        let root = genesis::build(&plan, &(store.clone() as _), &runner)?.root;
        let blocks = reachable(&*store, &root, &|_| false)?.blocks;
        Ok(Self {
            runner,
            state: Arc::new(Frozen::from_blocks(blocks)),
            root,
        })
    }
}

/// A block, as far as contracts can see it here.
#[derive(Clone, Copy, Debug)]
pub struct BlockInfo {
    /// Its number, which is our epoch.
    pub number: u64,
    /// Its time.
    pub timestamp: u64,
}

/// Ethereum's chain id.
const CHAIN_ID: u64 = 1;

fn context(block: BlockInfo) -> Result<Context> {
    let mut context = Context::new(VERSION);
    context.epoch = block
        .number
        .try_into()
        .context("a block number beyond 63 bits")?;
    context.timestamp = block.timestamp;
    context.chain_id = CHAIN_ID;
    Ok(context)
}

/// A state with the accounts of a case.
pub struct World {
    executor: Executor,
    store: Arc<Layered>,
    /// The state before the case.
    before: Cid,
    after: Cid,
}

/// A transaction.
#[derive(Debug)]
pub struct Transact {
    /// Who sends it.
    pub from: [u8; 20],
    /// To whom; a creation if to nobody.
    pub to: Option<[u8; 20]>,
    /// The sender's count.
    pub nonce: u64,
    /// What is sent along.
    pub value: u128,
    /// The input or the initcode.
    pub data: Vec<u8>,
    /// What it may use, in Ethereum's unit.
    pub gas_limit: u64,
}

/// An account as it is.
#[derive(Debug, Default)]
pub struct Found {
    /// What it holds.
    pub balance: u128,
    /// How many transactions it has sent, or contracts created.
    pub nonce: u64,
    /// Its code.
    pub code: Vec<u8>,
    /// Its storage.
    pub storage: Vec<(Word, Word)>,
}

impl Found {
    /// Is there nothing, as Ethereum sees it (EIP-161)?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.balance == 0 && self.nonce == 0 && self.code.is_empty()
    }
}

impl World {
    /// Sets up the accounts.
    pub fn new<'a>(
        ground: &Ground,
        block: BlockInfo,
        accounts: impl IntoIterator<Item = (&'a [u8; 20], &'a Account)>,
    ) -> Result<Self> {
        let store = Arc::new(Layered::over([ground.state.clone()]));
        let executor = Executor::new(Setup {
            context: context(block)?,
            blockstore: store.clone(),
            root: ground.root,
            externs: Arc::new(HashedChain),
            verifier: Arc::new(Believer),
            runner: ground.runner.clone(),
        })?;
        let mut world = Self {
            executor,
            store,
            before: ground.root,
            after: ground.root,
        };
        for (address, account) in accounts {
            world.place(address, account)?;
        }
        world.before = world.executor.flush()?;
        world.after = world.before;
        Ok(world)
    }

    fn place(&mut self, address: &[u8; 20], account: &Account) -> Result<()> {
        let Account {
            balance,
            code,
            nonce,
            storage,
        } = account;
        let balance = balance.to_u128().context("a balance beyond 128 bits")?;
        let is_contract = !code.0.is_empty() || !storage.is_empty();
        if !is_contract && nonce.0 == 0 && balance == 0 {
            // Ethereum has no such account either (EIP-161).
            return Ok(());
        }
        let name = match (is_contract, nonce.0) {
            (true, _) => "evm",
            (false, 0) => "placeholder",
            (false, _) => "ethaccount",
        };
        let kind = self.executor.manifest().code_of_name(name);
        let delegated = EthAddress(*address).to_f410();
        let state = self.executor.state();
        let id = match state.resolve(&delegated)? {
            Some(id) => id,
            None => state.assign_id(&delegated)?,
        };
        let kind = kind.with_context(|| format!("the native actors have no {name}"))?;
        let mut actor = Actor::new(kind, Some(delegated));
        actor.balance = Atto(balance);
        if is_contract {
            actor.root = self.write_contract(&code.0, nonce.0)?;
        } else {
            actor.sequence = nonce.0;
        }
        let state = self.executor.state();
        state.set_actor(id, actor)?;
        for (Wide(key), Wide(value)) in storage {
            state.set_slot(id, SlotMap::Persistent, key.0, value.0);
        }
        Ok(())
    }

    /// Writes the state of a contract whose storage is empty so far.
    fn write_contract(&self, code: &[u8], nonce: u64) -> Result<Cid> {
        let bytecode = self
            .store
            .put(Code::Blake2b256, &Block::new(IPLD_RAW, code))?;
        let state = State {
            bytecode,
            bytecode_hash: CodeHash(keccak(code)),
            contract_state: evm::write_empty(&*self.store)?,
            transient_data: None,
            nonce,
            tombstone: None,
        };
        self.store.put_cbor(&state, Code::Blake2b256)
    }

    /// Goes on in another block.
    pub fn enter(&mut self, block: BlockInfo) -> Result<()> {
        Ok(self.executor.set_context(context(block)?)?)
    }

    /// Runs a transaction.
    pub fn transact(&mut self, transact: Transact) -> Result<Applied> {
        let Transact {
            from,
            to,
            nonce,
            value,
            data,
            gas_limit,
        } = transact;
        let (to, method_num) = match to {
            Some(to) => (EthAddress(to).to_filecoin(), evm::method::INVOKE_CONTRACT),
            None => (Address::new_id(EAM_ID), eam::CREATE_EXTERNAL),
        };
        let params = match data.as_slice() {
            [] => RawBytes::default(),
            data => RawBytes::serialize(BytesSer(data))?,
        };
        let raw_length = params.len();
        let message = Message {
            version: 0,
            from: EthAddress(from).to_f410(),
            to,
            sequence: nonce,
            value: TokenAmount::from_atto(value),
            method_num,
            params,
            gas_limit: gas_limit.saturating_mul(GAS_UNIT).min(GAS_LIMIT_MAX),
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        let applied = self
            .executor
            .apply(&message, ApplyKind::Explicit, raw_length)?;
        self.after = self.executor.flush()?;
        Ok(applied)
    }

    /// What was emitted, as logs.
    pub fn logs(&mut self, applied: &Applied) -> Result<Vec<Log>> {
        let mut logs = Vec::new();
        for event in &applied.events {
            let actor = self.executor.state().actor(event.emitter)?;
            let address = actor.and_then(|actor| eth_address(actor.delegated_address.as_ref()?));
            let log = address.and_then(|address| Log::from_event(address, event));
            logs.push(
                log.with_context(|| format!("f0{} emits an event that is no log", event.emitter))?,
            );
        }
        Ok(logs)
    }

    /// The account at an address, as it is now.
    pub fn account(&mut self, address: &[u8; 20]) -> Result<Found> {
        let state = self.executor.state();
        let Some(id) = state.resolve(&EthAddress(*address).to_f410())? else {
            return Ok(Found::default());
        };
        let Some(actor) = state.actor(id)? else {
            return Ok(Found::default());
        };
        let entry = ActorEntry {
            code: actor.code,
            head: actor.root,
            sequence: actor.sequence,
            balance: actor.balance.to_token(),
            delegated: actor.delegated_address,
        };
        self.found(&entry)
    }

    fn found(&self, entry: &ActorEntry) -> Result<Found> {
        let balance = Atto::from_token(&entry.balance).context("a balance beyond 128 bits")?;
        let mut found = Found {
            balance: balance.0,
            nonce: entry.sequence,
            ..Found::default()
        };
        if self.executor.manifest().code_of_name("evm") == Some(entry.code) {
            let contract = Contract::load(&*self.store, &entry.head)?;
            let Some(code) = self.store.get(&contract.bytecode)? else {
                bail!("the code {} of a contract is missing", contract.bytecode);
            };
            found.code = code;
            found.nonce = contract.nonce;
            found.storage = contract::slots(&*self.store, &contract.storage)?
                .into_iter()
                .collect();
        }
        Ok(found)
    }

    /// Every account with an Ethereum address that the case has changed.
    pub fn changed(&self) -> Result<Vec<([u8; 20], Found)>> {
        let mut changed = Vec::new();
        for change in state_diff::diff(&*self.store, &self.before, &self.after)?.values() {
            let Some(entry) = &change.after else { continue };
            if let Some(address) = entry.delegated.as_ref().and_then(eth_address) {
                changed.push((address, self.found(entry)?));
            }
        }
        Ok(changed)
    }
}

fn eth_address(address: &Address) -> Option<[u8; 20]> {
    match address.payload() {
        Payload::Delegated(delegated) if delegated.namespace() == EAM_ID => {
            delegated.subaddress().try_into().ok()
        }
        _ => None,
    }
}
