//! A first state: the built-in actors made by their own constructors, accounts with funds, and
//! whatever else a chain begins with.
//!
//! The actors are those of a manifest, native or of an official bundle; the storage actors live
//! under the policy of the runner that is given.
//!
//! Four things no constructor makes, so they are written as every network has them: the system
//! actor, because it names the actors' code before any code can run; the accounts of burnt funds
//! and of the reserve, which have no key; and the Ethereum account at the zero address
//! (FIP-0054).

use std::sync::Arc;

use atoll_actors::power::{CreateMinerParams, CreateMinerReturn};
use atoll_actors::verifreg::types::{AddDataCapParams, DataCap};
use atoll_actors::{ActorKind, ids, market, power, verifreg};
use atoll_vm::manifest::SystemState;
use atoll_vm::state::{Actor, Atto, StateTree};
use atoll_vm::{
    ApplyKind, Context, Executor, Externs, Fatal, Runner, Setup, SharedBlockstore, Store, Verifier,
    actors,
};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{CborStore, DAG_CBOR, RawBytes};
use fvm_shared::address::{Address, Payload};
use fvm_shared::bigint::BigInt;
use fvm_shared::bigint::bigint_ser::BigIntSer;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::message::Message;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, RegisteredPoStProof, ReplicaUpdateInfo, SealVerifyInfo,
    WindowPoStVerifyInfo,
};
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};
use multihash_codetable::{Code, MultihashDigest};
use num_traits::Zero;
use serde::Serialize;

use crate::codes;

/// What a first state is made of.
#[derive(Debug)]
pub struct Plan {
    /// The tipset in which the constructors run.
    pub context: Context,
    /// The list of the built-in actors' names and codes, in the blockstore.
    pub built_in: Cid,
    /// What the network calls itself.
    pub network_name: String,
    /// Accounts, which get the ids from 100 on in this order.
    pub accounts: Vec<Account>,
    /// Actors placed as they are.
    pub placed: Vec<Placed>,
    /// Who names verifiers: an account of the plan, or the first if none is named.
    pub root_key: Option<Address>,
    /// Who may hand out datacap, and how many bytes of it. The root key can't be one of them.
    pub verifiers: Vec<Grant>,
    /// Who has datacap, and how many bytes of it. It is the first verifier's to give.
    pub verified_clients: Vec<Grant>,
    /// Miners without sectors.
    pub miners: Vec<MinerPlan>,
}

impl Plan {
    /// The built-in actors and nothing else.
    #[must_use]
    pub fn bare(context: Context, built_in: Cid, network_name: impl Into<String>) -> Self {
        Self {
            context,
            built_in,
            network_name: network_name.into(),
            accounts: Vec::new(),
            placed: Vec::new(),
            root_key: None,
            verifiers: Vec::new(),
            verified_clients: Vec::new(),
            miners: Vec::new(),
        }
    }
}

/// A miner, which its owner creates.
#[derive(Clone, Debug)]
pub struct MinerPlan {
    /// An account of the plan, which pays.
    pub owner: Address,
    /// An account of the plan with a BLS key.
    pub worker: Address,
    /// What it proves with, and so how large its sectors are.
    pub post_proof: RegisteredPoStProof,
    /// What it gets. The deposit of FIP-0077 is locked from it.
    pub balance: TokenAmount,
}

/// A first state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstState {
    /// Its root.
    pub root: Cid,
    /// The miners, in the order of the plan.
    pub miners: Vec<ActorID>,
}

/// Datacap for an account of the plan.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose.
    pub address: Address,
    /// How many bytes.
    pub datacap: DataCap,
}

/// Why there is no first state.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// The plan can't be carried out.
    #[error("{0}")]
    Plan(String),
    /// A message that makes a part of the state failed.
    #[error("{what}: exit code {code}: {why}")]
    Refused {
        /// What was to be done.
        what: String,
        /// How the message ended.
        code: ExitCode,
        /// Why.
        why: String,
    },
    /// This node is in trouble.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

impl GenesisError {
    /// For whoever made the plan itself: that it can't be carried out is this node's trouble.
    #[must_use]
    pub fn into_fatal(self) -> Fatal {
        match self {
            Self::Fatal(fatal) => fatal,
            other => Fatal(other.into()),
        }
    }
}

type Result<T> = std::result::Result<T, GenesisError>;

/// An account with funds.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its address: f1, f3 or f410.
    pub address: Address,
    /// What it holds.
    pub balance: TokenAmount,
}

/// An actor placed as it is, without a constructor.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Where.
    pub id: ActorID,
    /// Its code.
    pub code: Cid,
    /// Its state; the empty array if absent.
    pub head: Option<Cid>,
    /// What it holds.
    pub balance: TokenAmount,
}

/// What block rewards are paid from: 1.1 of the 2 billion FIL.
const REWARDS_FIL: u64 = 1_100_000_000;

/// What accounts and placed actors may hold together: the rest of them.
const OTHERS_FIL: u64 = 900_000_000;

/// What is left of those belongs to nobody yet, and is no part of the circulating supply.
pub const RESERVE: ActorID = 90;

/// Builds the state.
pub fn build(
    plan: &Plan,
    store: &SharedBlockstore,
    runner: &Arc<dyn Runner>,
) -> Result<FirstState> {
    if plan.context.network_version < NetworkVersion::V18 {
        return plan_error(
            "a first state can be made at network version 18 and later; for an older one, name a \
             state with --genesis",
        );
    }
    let reserve = check_supply(plan)?;
    let mut executor = Executor::new(Setup {
        context: plan.context.clone(),
        blockstore: store.clone(),
        root: system_alone(plan.built_in, store, runner)?,
        externs: Arc::new(Nothing),
        verifier: Arc::new(Nothing),
        runner: runner.clone(),
    })?;
    let mut build = Build {
        executor: &mut executor,
    };
    build.construct("init", actors::INIT_ACTOR, &params(&(&plan.network_name,))?)?;
    build.keyless_account(actors::BURNT_FUNDS_ACTOR, &TokenAmount::zero())?;
    build.keyless_account(RESERVE, &reserve)?;
    for account in &plan.accounts {
        build.account(account)?;
    }
    build.zero_address()?;
    let root_key = build.root_key(plan)?;
    build.other_singletons(root_key)?;
    build.grant_datacap(plan, root_key)?;
    let mut miners = Vec::with_capacity(plan.miners.len());
    for (number, miner) in (0..).zip(&plan.miners) {
        miners.push(build.create_miner(number, miner)?);
    }
    for placed in &plan.placed {
        place(&mut executor, placed)?;
    }
    let root = executor.flush()?;
    Ok(FirstState { root, miners })
}

/// Places an actor in a state.
pub fn place(executor: &mut Executor, placed: &Placed) -> Result<()> {
    let Placed {
        id,
        code,
        head,
        balance,
    } = placed;
    let state = executor.state();
    if state.actor(*id)?.is_some() {
        return plan_error(format!("there is an actor at f0{id} already"));
    }
    let mut actor = Actor::new(*code, None);
    if let Some(head) = head {
        actor.root = *head;
    }
    actor.balance = atto(balance)?;
    Ok(state.set_actor(*id, actor)?)
}

/// What is in the reserve if accounts and placed actors hold this much.
#[must_use]
pub fn reserve_at_first(held: &TokenAmount) -> TokenAmount {
    TokenAmount::from_whole(OTHERS_FIL) - held
}

/// What the accounts and actors leave over.
fn check_supply(plan: &Plan) -> Result<TokenAmount> {
    let balances = plan.accounts.iter().map(|account| &account.balance);
    let balances = balances.chain(plan.placed.iter().map(|placed| &placed.balance));
    let mut sum = TokenAmount::zero();
    for balance in balances {
        if balance.is_negative() {
            return plan_error(format!("an actor can't hold {balance}"));
        }
        sum += balance;
    }
    let most = TokenAmount::from_whole(OTHERS_FIL);
    if sum > most {
        return plan_error(format!(
            "accounts and actors hold {sum} FIL together; there are {most} for them"
        ));
    }
    Ok(reserve_at_first(&sum))
}

/// Writes the list of the native actors, and returns its CID.
pub fn native_actors(store: &dyn Blockstore) -> Result<Cid> {
    // All of them, because the number of a type is its place in this list.
    let list = ActorKind::ALL.map(|kind| (kind.name(), codes::code_of(kind)));
    let data = fvm_ipld_encoding::to_vec(&list.as_slice()).map_err(trouble)?;
    let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&data));
    store.put_keyed(&cid, &data).map_err(trouble)?;
    Ok(cid)
}

/// A state with nothing but the system actor: enough to open a machine on.
fn system_alone(
    builtin_actors: Cid,
    store: &SharedBlockstore,
    runner: &Arc<dyn Runner>,
) -> Result<Cid> {
    let blocks = Store::new(store.clone());
    let list: Option<Vec<(String, Cid)>> = blocks.get_cbor(&builtin_actors).map_err(trouble)?;
    let Some(list) = list else {
        return plan_error("the list of built-in actors is missing");
    };
    let Some((_, code)) = list.into_iter().find(|(name, _)| name == "system") else {
        return plan_error("there is no system actor among the built-in actors");
    };
    let system = SystemState { builtin_actors };
    let head = blocks
        .put_cbor(&system, Code::Blake2b256)
        .map_err(trouble)?;
    let mut state = StateTree::new(blocks.clone())?;
    state.set_actor(
        actors::SYSTEM_ACTOR,
        Actor {
            root: head,
            ..Actor::new(code, None)
        },
    )?;
    Ok(state.flush(&|code, root, slots| runner.fold_slots(code, root, slots, &blocks))?)
}

struct Build<'a> {
    executor: &'a mut Executor,
}

impl Build<'_> {
    /// The singletons that contracts and users rely on.
    fn other_singletons(&mut self, root_key: ActorID) -> Result<()> {
        let rewards = TokenAmount::from_whole(REWARDS_FIL);
        let no_power = BigInt::zero();
        self.construct(
            "reward",
            actors::REWARD_ACTOR,
            &params(&BigIntSer(&no_power))?,
        )?;
        self.give(actors::REWARD_ACTOR, &rewards)?;

        let ticks: [(Address, MethodNum); 2] = [
            (Address::new_id(ids::POWER), power::ON_EPOCH_TICK_END),
            (Address::new_id(ids::MARKET), market::numbers::CRON_TICK),
        ];
        self.construct("cron", ids::CRON, &params(&(ticks,))?)?;
        self.construct("storagepower", ids::POWER, &RawBytes::default())?;
        self.construct("storagemarket", ids::MARKET, &RawBytes::default())?;
        self.construct(
            "verifiedregistry",
            ids::VERIFIED_REGISTRY,
            &params(&Address::new_id(root_key))?,
        )?;
        let governor = Address::new_id(ids::VERIFIED_REGISTRY);
        self.construct("datacap", ids::DATACAP, &params(&governor)?)?;
        self.construct("eam", actors::EAM_ACTOR, &RawBytes::default())
    }

    /// Who names verifiers. Without accounts, nobody can.
    fn root_key(&mut self, plan: &Plan) -> Result<ActorID> {
        match (&plan.root_key, plan.accounts.is_empty()) {
            (Some(address), _) => self.account_of_plan(address),
            (None, false) => Ok(ids::FIRST_FREE),
            (None, true) => Ok(actors::BURNT_FUNDS_ACTOR),
        }
    }

    /// The id of an account that the plan names.
    fn account_of_plan(&mut self, address: &Address) -> Result<ActorID> {
        match self.executor.state().resolve(address)? {
            Some(id) => Ok(id),
            None => plan_error(format!("{address} is no account of the plan")),
        }
    }

    /// Places an actor with an empty state and lets its constructor make the real one.
    fn construct(&mut self, name: &str, id: ActorID, params: &RawBytes) -> Result<()> {
        let Some(code) = self.executor.manifest().code_of_name(name) else {
            return plan_error(format!(
                "there is no {name} actor among the built-in actors"
            ));
        };
        self.executor
            .state()
            .set_actor(id, Actor::new(code, None))?;
        self.implicit(Call {
            what: &format!("constructing the {name} actor"),
            from: actors::SYSTEM_ACTOR,
            to: Address::new_id(id),
            method: METHOD_CONSTRUCTOR,
            params,
            value: &TokenAmount::zero(),
            sequence: 0,
        })
        .map(drop)
    }

    /// An account whose address is its own id, so that no key opens it.
    fn keyless_account(&mut self, id: ActorID, balance: &TokenAmount) -> Result<()> {
        let code = self.executor.manifest().account;
        let state = self.executor.state();
        let address = (Address::new_id(id),);
        let root = state
            .store()
            .put_cbor(&address, Code::Blake2b256)
            .map_err(trouble)?;
        let balance = atto(balance)?;
        let actor = Actor {
            root,
            balance,
            ..Actor::new(code, None)
        };
        Ok(state.set_actor(id, actor)?)
    }

    /// The Ethereum account at the zero address, to which contracts like to burn.
    fn zero_address(&mut self) -> Result<()> {
        let Some(code) = self.executor.manifest().eth_account else {
            return Ok(());
        };
        let address = Address::new_delegated(actors::EAM_ACTOR, &[0; 20])
            .expect("20 bytes are a delegated address");
        let state = self.executor.state();
        let id = state.assign_id(&address)?;
        state.set_actor(id, Actor::new(code, Some(address)))?;
        Ok(())
    }

    /// Creates an account as the network does: by sending to its address.
    fn account(&mut self, account: &Account) -> Result<()> {
        let Account { address, balance } = account;
        check_account(address)?;
        if self.executor.state().resolve(address)?.is_some() {
            return plan_error(format!("the account {address} is there already"));
        }
        self.give(actors::SYSTEM_ACTOR, balance)?;
        self.implicit(Call {
            what: &format!("creating the account {address}"),
            from: actors::SYSTEM_ACTOR,
            to: *address,
            method: METHOD_SEND,
            params: &RawBytes::default(),
            value: balance,
            sequence: 0,
        })
        .map(drop)
    }

    /// Names the verifiers, and lets the first of them grant the clients' datacap.
    fn grant_datacap(&mut self, plan: &Plan, root_key: ActorID) -> Result<()> {
        for grant in &plan.verifiers {
            let method = verifreg::numbers::ADD_VERIFIER;
            self.grant("naming the verifier", root_key, method, grant)?;
        }
        let verifier = plan.verifiers.first().map(|grant| grant.address);
        for grant in &plan.verified_clients {
            let Some(verifier) = verifier else {
                return plan_error("without a verifier nobody grants datacap");
            };
            let verifier = self.account_of_plan(&verifier)?;
            let method = verifreg::numbers::ADD_VERIFIED_CLIENT;
            self.grant("granting datacap to", verifier, method, grant)?;
        }
        Ok(())
    }

    fn grant(&mut self, what: &str, from: ActorID, method: MethodNum, grant: &Grant) -> Result<()> {
        let Grant { address, datacap } = grant;
        self.implicit(Call {
            what: &format!("{what} {address}"),
            from,
            to: Address::new_id(ids::VERIFIED_REGISTRY),
            method,
            params: &params(&AddDataCapParams {
                address: *address,
                allowance: datacap.clone(),
            })?,
            value: &TokenAmount::zero(),
            sequence: 0,
        })
        .map(drop)
    }

    fn create_miner(&mut self, number: u64, miner: &MinerPlan) -> Result<ActorID> {
        let owner = self.account_of_plan(&miner.owner)?;
        let returned = self.implicit(Call {
            what: &format!("creating the miner of {}", miner.owner),
            from: owner,
            to: Address::new_id(ids::POWER),
            method: power::CREATE_MINER,
            params: &params(&CreateMinerParams {
                owner: miner.owner,
                worker: miner.worker,
                window_post_proof_type: miner.post_proof,
                peer: Vec::new(),
                multiaddrs: Vec::new(),
            })?,
            value: &miner.balance,
            // An actor's address comes of the number of the message that creates it.
            sequence: number,
        })?;
        let created: CreateMinerReturn = returned.deserialize().map_err(trouble)?;
        created.id_address.id().map_err(trouble)
    }

    /// Adds funds out of nothing.
    fn give(&mut self, id: ActorID, amount: &TokenAmount) -> Result<()> {
        Ok(self.executor.state().credit(id, atto(amount)?)?)
    }

    /// Sends a message that must succeed, and returns what it answers.
    fn implicit(&mut self, call: Call<'_>) -> Result<RawBytes> {
        // Twice the limit of a block: there is nobody to keep waiting.
        const GAS_LIMIT: u64 = 20_000_000_000;
        let message = Message {
            version: 0,
            from: Address::new_id(call.from),
            to: call.to,
            sequence: call.sequence,
            value: call.value.clone(),
            method_num: call.method,
            params: call.params.clone(),
            gas_limit: GAS_LIMIT,
            gas_fee_cap: TokenAmount::zero(),
            gas_premium: TokenAmount::zero(),
        };
        let applied = self
            .executor
            .apply(&message, ApplyKind::Implicit, 0)
            .map_err(trouble)?;
        let code = applied.receipt.exit_code;
        if !code.is_success() {
            let what = call.what.to_owned();
            let why = applied.failure.map(|failure| failure.to_string());
            let why = why.unwrap_or_default();
            return Err(GenesisError::Refused { what, code, why });
        }
        Ok(applied.receipt.return_data)
    }
}

struct Call<'a> {
    what: &'a str,
    from: ActorID,
    to: Address,
    method: MethodNum,
    params: &'a RawBytes,
    value: &'a TokenAmount,
    sequence: u64,
}

fn check_account(address: &Address) -> Result<()> {
    let well = match address.payload() {
        Payload::Secp256k1(_) | Payload::BLS(_) => true,
        Payload::Delegated(delegated) => delegated.namespace() == actors::EAM_ACTOR,
        Payload::ID(_) | Payload::Actor(_) => false,
    };
    if !well {
        return plan_error(format!(
            "{address} is no address of an account; use f1, f3, f410 or 0x"
        ));
    }
    Ok(())
}

fn atto(amount: &TokenAmount) -> Result<Atto> {
    let words = || GenesisError::Plan(format!("{amount} is more than an actor can hold"));
    Atto::from_token(amount).ok_or_else(words)
}

fn params(value: &impl Serialize) -> Result<RawBytes> {
    RawBytes::serialize(value).map_err(trouble)
}

fn plan_error<T>(words: impl Into<String>) -> Result<T> {
    Err(GenesisError::Plan(words.into()))
}

fn trouble(error: impl Into<anyhow::Error>) -> GenesisError {
    GenesisError::Fatal(Fatal(error.into()))
}

/// There is no chain yet to ask about, and no proof to judge.
struct Nothing;

impl Externs for Nothing {
    fn chain_randomness(&self, _: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        anyhow::bail!("a first state has no chain below it")
    }

    fn beacon_randomness(&self, _: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        anyhow::bail!("a first state has no chain below it")
    }

    fn tipset_cid(&self, _: ChainEpoch) -> anyhow::Result<Cid> {
        anyhow::bail!("a first state has no chain below it")
    }
}

impl Verifier for Nothing {
    fn verify_seal(&self, _: &SealVerifyInfo) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> anyhow::Result<Vec<bool>> {
        Ok(vec![false; infos.len()])
    }

    fn verify_aggregate_seals(&self, _: &AggregateSealVerifyProofAndInfos) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> anyhow::Result<(Option<ConsensusFault>, u64)> {
        Ok((None, 0))
    }
}
