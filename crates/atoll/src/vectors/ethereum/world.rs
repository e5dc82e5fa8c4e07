//! Ethereum's accounts as Filecoin's actors: a state to run a case on.
//!
//! An account with code or storage becomes a contract at its f410 address, one that has sent
//! something an Ethereum account, any other a placeholder. A transaction is what a node makes of
//! it (FIP-0055): a message to `InvokeEVM`, or to the address manager's `CreateExternal`.
//!
//! Gas is Ethereum's ([`EthereumGas`]): the message itself has more of Filecoin's than it can use,
//! and pays no fees. What a transaction pays on Ethereum is moved here, before and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use atoll_actors::evm::ethereum::{self, EthereumGas, Rules};
use atoll_actors::evm::{self, CodeHash, EthAddress, State, address::EAM_ID};
use atoll_actors::{Policy, eam};
use atoll_native::NativeRunner;
use atoll_vm::state::{Actor, Atto};
use atoll_vm::{Applied, ApplyKind, Context, Executor, Limits, Runner, Setup, SlotMap};
use cid::Cid;
use fvm_ipld_blockstore::{Block, Blockstore};
use fvm_ipld_encoding::{BytesSer, CborStore, IPLD_RAW, RawBytes};
use fvm_shared::address::{Address, Payload};
use fvm_shared::bigint::BigInt;
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

/// More of Filecoin's gas than any case uses.
const GAS_LIMIT: u64 = 1_000_000_000_000_000;

/// Ethereum's frames nest 1,025 deep; each may be four of Filecoin's, where it is created.
const CALL_DEPTH_MAX: u32 = 4 * 1025;
/// What these frames need of a thread's stack.
pub const STACK_BYTES: usize = 4 * atoll_vm::executor::STACK_BYTES;
/// More memory than that many frames have, since gas ends it.
const MESSAGE_MEMORY_MAX: u64 = 1 << 40;

/// The version of the network with all of Cancun's opcodes.
const VERSION: NetworkVersion = NetworkVersion::V28;

/// What the cases share: a first state with the native actors.
pub struct Ground {
    state: Arc<Frozen>,
    root: Cid,
}

impl Ground {
    /// Makes a first state with the native actors.
    pub fn new() -> Result<Self> {
        let runner: Arc<dyn Runner> = Arc::new(NativeRunner::new(Policy::mainnet()));
        let store = Arc::new(Layered::default());
        let built_in = genesis::native_actors(&*store)?;
        let plan = Plan::bare(Context::new(VERSION), built_in, "ethereum");
        let root = genesis::build(&plan, &(store.clone() as _), &runner)?.root;
        let blocks = reachable(&*store, &root, &|_| false)?.blocks;
        Ok(Self {
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
    /// What each unit of gas burns.
    pub base_fee: u64,
    /// Who gets the tips.
    pub coinbase: [u8; 20],
}

/// Ethereum's chain id.
pub const CHAIN_ID: u64 = 1;

fn context(block: BlockInfo) -> Result<Context> {
    let mut context = Context::new(VERSION);
    context.epoch = block
        .number
        .try_into()
        .context("a block number beyond 63 bits")?;
    context.timestamp = block.timestamp;
    context.chain_id = CHAIN_ID;
    context.base_fee = TokenAmount::from_atto(block.base_fee);
    context.limits = Limits {
        call_depth_max: CALL_DEPTH_MAX,
        message_memory_max: MESSAGE_MEMORY_MAX,
        ..Limits::default()
    };
    Ok(context)
}

/// A state with the accounts of a case.
pub struct World {
    executor: Executor,
    gas: Option<Arc<EthereumGas>>,
    coinbase: [u8; 20],
    store: Arc<Layered>,
    /// What accounts own beyond the amounts that a machine of FIL knows.
    set_aside: BTreeMap<[u8; 20], BigInt>,
    /// The state before the case.
    before: Cid,
    after: Cid,
}

/// A call from outside.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who sends it.
    pub from: [u8; 20],
    /// To whom; a creation if to nobody.
    pub to: Option<[u8; 20]>,
    /// The sender's count.
    pub nonce: u64,
    /// What is sent along.
    pub value: u128,
    /// The input or the initcode.
    pub data: &'a [u8],
}

/// What came of a transaction.
#[derive(Debug)]
pub struct Transacted {
    /// What the machine says.
    pub applied: Applied,
    /// Did it succeed by Ethereum's rules?
    pub success: bool,
    /// What it used of Ethereum's gas.
    pub used: u64,
}

/// What a call pays as a transaction.
#[derive(Debug)]
pub struct Payment {
    /// What it may use.
    pub gas_limit: u64,
    /// What it pays a unit of gas.
    pub price: u128,
    /// How much of that is a tip.
    pub tip: u128,
    /// What it pays for something else than gas, whatever becomes of it.
    pub beside: u128,
    /// What it announces to access.
    pub access_list: Vec<(EthAddress, Vec<[u8; 32]>)>,
}

/// An account as it is.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What it holds.
    pub balance: BigInt,
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
        self.balance == BigInt::ZERO && self.nonce == 0 && self.code.is_empty()
    }
}

impl World {
    /// Sets up the accounts, by some rules for Ethereum's gas; without, Filecoin's alone is counted.
    pub fn new<'a>(
        ground: &Ground,
        rules: Option<Rules>,
        block: BlockInfo,
        accounts: impl IntoIterator<Item = (&'a [u8; 20], &'a Account)>,
    ) -> Result<Self> {
        let store = Arc::new(Layered::over([ground.state.clone()]));
        let gas = rules.map(|rules| Arc::new(EthereumGas::new(rules)));
        let mut runner = NativeRunner::new(Policy::mainnet());
        if let Some(gas) = &gas {
            runner = runner.counting_ethereum_gas(gas.clone());
        }
        let executor = Executor::new(Setup {
            context: context(block)?,
            blockstore: store.clone(),
            root: ground.root,
            externs: Arc::new(HashedChain),
            verifier: Arc::new(Believer),
            runner: Arc::new(runner),
        })?;
        let mut world = Self {
            executor,
            gas,
            coinbase: block.coinbase,
            store,
            set_aside: BTreeMap::new(),
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
        let balance = self.hold(address, *balance);
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

    /// What the machine is told of a balance. There will never be so much of FIL as some accounts
    /// have here: the most of it is set aside, for nobody spends it.
    fn hold(&mut self, address: &[u8; 20], balance: Wide) -> u128 {
        const HELD_MAX: u128 = 1 << 120;
        match balance.to_u128().filter(|balance| *balance < HELD_MAX) {
            Some(balance) => balance,
            None => {
                let rest = balance.to_bigint() - BigInt::from(HELD_MAX);
                self.set_aside.insert(*address, rest);
                HELD_MAX
            }
        }
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
        self.coinbase = block.coinbase;
        Ok(self.executor.set_context(context(block)?)?)
    }

    /// Writes a slot of a contract as the chain itself does, if the contract is there.
    pub fn write_slot(&mut self, address: &[u8; 20], key: Word, value: Word) -> Result<()> {
        let state = self.executor.state();
        if let Some(id) = state.resolve(&EthAddress(*address).to_f410())? {
            state.set_slot(id, SlotMap::Persistent, key.0, value.0);
            self.after = self.executor.flush()?;
        }
        Ok(())
    }

    /// Runs a transaction. The sender has what it may cost.
    pub fn transact(&mut self, mut call: Call<'_>, payment: Payment) -> Result<Transacted> {
        let Payment {
            gas_limit,
            price,
            tip,
            beside,
            access_list,
        } = payment;
        let from = call.from;
        let fees = |gas: u64, price: u128| {
            u128::from(gas)
                .checked_mul(price)
                .context("fees beyond 128 bits")
        };
        let account = self.ethereum_gas()?;
        account
            .begin_transaction(&ethereum::Transaction {
                sender: EthAddress(from),
                to: call.to.map(EthAddress),
                nonce: call.nonce,
                input: call.data,
                gas_limit,
                coinbase: EthAddress(self.coinbase),
                access_list: &access_list,
            })
            .map_err(|_| anyhow!("the gas limit does not cover what goes before the run"))?;
        self.debit(&from, fees(gas_limit, price)?)?;
        self.debit(&from, beside)?;
        let failed_already = call
            .to
            .and_then(|to| account.precompile_of_transaction(EthAddress(to), call.data))
            == Some(false);
        if failed_already {
            call.value = 0;
        }
        let applied = self.call(call)?;
        let success = applied.receipt.exit_code.is_success() && !failed_already;
        let used = account.end_transaction(success);
        self.credit(&from, fees(gas_limit - used, price)?)?;
        let coinbase = self.coinbase;
        self.credit(&coinbase, fees(used, tip)?)?;
        self.after = self.executor.flush()?;
        Ok(Transacted {
            applied,
            success,
            used,
        })
    }

    /// Runs a call with so much of Ethereum's gas, and says how much is left.
    pub fn call_with_gas(&mut self, call: Call<'_>, gas: u64) -> Result<(Applied, u64)> {
        let account = self.ethereum_gas()?;
        account.begin_call(gas);
        let applied = self.call(call)?;
        Ok((applied, account.left()))
    }

    /// Which opcodes were met so far, where Ethereum's gas is counted.
    #[must_use]
    pub fn executed(&self) -> BTreeSet<u8> {
        self.gas
            .as_ref()
            .map(|gas| gas.executed())
            .unwrap_or_default()
    }

    fn ethereum_gas(&self) -> Result<Arc<EthereumGas>> {
        self.gas
            .clone()
            .context("a world in which Ethereum's gas is not counted")
    }

    /// Runs a call. It pays nothing.
    pub fn call(&mut self, call: Call<'_>) -> Result<Applied> {
        let Call {
            from,
            to,
            nonce,
            value,
            data,
        } = call;
        let (receiver, method_num) = match to {
            Some(to) => (EthAddress(to).to_filecoin(), evm::method::INVOKE_CONTRACT),
            None => (Address::new_id(EAM_ID), eam::CREATE_EXTERNAL),
        };
        // The address manager takes initcode of no bytes, but not none; contracts take either.
        let params = match (to, data) {
            (Some(_), []) => RawBytes::default(),
            _ => RawBytes::serialize(BytesSer(data))?,
        };
        let raw_length = params.len();
        let message = Message {
            version: 0,
            from: EthAddress(from).to_f410(),
            to: receiver,
            sequence: nonce,
            value: TokenAmount::from_atto(value),
            method_num,
            params,
            gas_limit: GAS_LIMIT,
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        let applied = self
            .executor
            .apply(&message, ApplyKind::Explicit, raw_length)?;
        self.after = self.executor.flush()?;
        Ok(applied)
    }

    fn debit(&mut self, address: &[u8; 20], amount: u128) -> Result<()> {
        let state = self.executor.state();
        let id = state
            .resolve(&EthAddress(*address).to_f410())?
            .with_context(|| format!("0x{} is nobody", hex::encode(address)))?;
        Ok(state.debit(id, Atto(amount))?)
    }

    /// Pays an account from nowhere.
    pub fn pay(&mut self, address: &[u8; 20], amount: u128) -> Result<()> {
        self.credit(address, amount)?;
        self.after = self.executor.flush()?;
        Ok(())
    }

    /// Pays an account, which comes to be by it.
    fn credit(&mut self, address: &[u8; 20], amount: u128) -> Result<()> {
        if amount == 0 {
            return Ok(());
        }
        let delegated = EthAddress(*address).to_f410();
        let placeholder = self.executor.manifest().code_of_name("placeholder");
        let placeholder = placeholder.context("the native actors have no placeholder")?;
        let state = self.executor.state();
        let id = match state.resolve(&delegated)? {
            Some(id) => id,
            None => {
                let id = state.assign_id(&delegated)?;
                state.set_actor(id, Actor::new(placeholder, Some(delegated)))?;
                id
            }
        };
        Ok(state.credit(id, Atto(amount))?)
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
        self.found(address, &entry)
    }

    fn found(&self, address: &[u8; 20], entry: &ActorEntry) -> Result<Found> {
        let set_aside = self.set_aside.get(address).cloned().unwrap_or_default();
        let mut found = Found {
            balance: entry.balance.atto() + set_aside,
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
                changed.push((address, self.found(&address, entry)?));
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
