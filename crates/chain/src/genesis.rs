//! A first state: the built-in actors made by their own constructors, accounts with funds, and
//! actors of the user's own.
//!
//! Three things no constructor makes, so they are written as every network has them: the system
//! actor, because it names the actors' code before any code can run; the account of burnt
//! funds, which has no key; and the Ethereum account at the zero address (FIP-0054).

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use atoll_actors::ActorKind;
use atoll_native::codes;
use atoll_vm::manifest::SystemState;
use atoll_vm::state::{Actor, Atto, StateTree};
use atoll_vm::{ApplyKind, Context, Executor, Runner, Setup, SharedBlockstore, Store, actors};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{CborStore, DAG_CBOR, RawBytes};
use fvm_shared::address::{Address, Payload};
use fvm_shared::bigint::BigInt;
use fvm_shared::bigint::bigint_ser::BigIntSer;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};
use multihash_codetable::{Code, MultihashDigest};
use num_traits::Zero;
use serde::Serialize;

use crate::surroundings::{Believer, HashedChain};

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
}

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

/// The lowest id of an actor that is no singleton.
const FIRST_FREE_ID: ActorID = 100;

const CRON: ActorID = 3;
const POWER: ActorID = 4;
const MARKET: ActorID = 5;
const VERIFIED_REGISTRY: ActorID = 6;
const DATACAP: ActorID = 7;

/// Builds the state and returns its root.
pub fn build(plan: &Plan, store: &SharedBlockstore, runner: &Arc<dyn Runner>) -> Result<Cid> {
    ensure!(
        plan.context.network_version >= NetworkVersion::V18,
        "a first state can be made at network version 18 and later; for an older one, name a \
         state with --genesis"
    );
    check_supply(plan)?;
    let mut executor = Executor::new(Setup {
        context: plan.context.clone(),
        blockstore: store.clone(),
        root: system_alone(plan.built_in, store, runner)?,
        externs: Arc::new(HashedChain),
        verifier: Arc::new(Believer),
        runner: runner.clone(),
    })?;
    let mut build = Build {
        executor: &mut executor,
    };
    build.construct("init", actors::INIT_ACTOR, &params(&(&plan.network_name,))?)?;
    build.burnt_funds()?;
    for account in &plan.accounts {
        build.account(account)?;
    }
    build.zero_address()?;
    build.other_singletons(plan)?;
    for placed in &plan.placed {
        place(&mut executor, placed)?;
    }
    Ok(executor.flush()?)
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
    ensure!(
        state.actor(*id)?.is_none(),
        "there is an actor at f0{id} already"
    );
    let mut actor = Actor::new(*code, None);
    if let Some(head) = head {
        actor.root = *head;
    }
    actor.balance = atto(balance)?;
    Ok(state.set_actor(*id, actor)?)
}

fn check_supply(plan: &Plan) -> Result<()> {
    let balances = plan.accounts.iter().map(|account| &account.balance);
    let balances = balances.chain(plan.placed.iter().map(|placed| &placed.balance));
    let mut sum = TokenAmount::zero();
    for balance in balances {
        ensure!(!balance.is_negative(), "an actor can't hold {balance}");
        sum += balance;
    }
    let most = TokenAmount::from_whole(OTHERS_FIL);
    ensure!(
        sum <= most,
        "accounts and actors hold {sum} FIL together; there are {most} for them"
    );
    Ok(())
}

/// Writes the list of the native actors, and returns its CID.
pub fn native_actors(store: &dyn Blockstore) -> Result<Cid> {
    // All of them, because the number of a type is its place in this list.
    let list = ActorKind::ALL.map(|kind| (kind.name(), codes::code_of(kind)));
    let data = fvm_ipld_encoding::to_vec(&list.as_slice())?;
    let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&data));
    store.put_keyed(&cid, &data)?;
    Ok(cid)
}

/// A state with nothing but the system actor: enough to open a machine on.
fn system_alone(
    builtin_actors: Cid,
    store: &SharedBlockstore,
    runner: &Arc<dyn Runner>,
) -> Result<Cid> {
    let blocks = Store::new(store.clone());
    let list: Vec<(String, Cid)> = blocks
        .get_cbor(&builtin_actors)?
        .context("the list of built-in actors is missing")?;
    let code = list
        .into_iter()
        .find(|(name, _)| name == "system")
        .map(|(_, code)| code);
    let code = code.context("there is no system actor among the built-in actors")?;
    let head = blocks.put_cbor(&SystemState { builtin_actors }, Code::Blake2b256)?;
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
    fn other_singletons(&mut self, plan: &Plan) -> Result<()> {
        let rewards = TokenAmount::from_whole(REWARDS_FIL);
        let no_power = BigInt::zero();
        self.construct(
            "reward",
            actors::REWARD_ACTOR,
            &params(&BigIntSer(&no_power))?,
        )?;
        self.give(actors::REWARD_ACTOR, &rewards)?;

        let ticks: [(Address, MethodNum); 2] =
            [(Address::new_id(POWER), 5), (Address::new_id(MARKET), 9)];
        self.construct("cron", CRON, &params(&(ticks,))?)?;
        self.construct("storagepower", POWER, &RawBytes::default())?;
        self.construct("storagemarket", MARKET, &RawBytes::default())?;
        // Whoever comes first may name verifiers; without accounts, nobody can.
        let nobody = plan.accounts.is_empty();
        let root_key = if nobody {
            actors::BURNT_FUNDS_ACTOR
        } else {
            FIRST_FREE_ID
        };
        let root_key = Address::new_id(root_key);
        self.construct("verifiedregistry", VERIFIED_REGISTRY, &params(&root_key)?)?;
        let governor = Address::new_id(VERIFIED_REGISTRY);
        self.construct("datacap", DATACAP, &params(&governor)?)?;
        self.construct("eam", actors::EAM_ACTOR, &RawBytes::default())
    }

    /// Places an actor with an empty state and lets its constructor make the real one.
    fn construct(&mut self, name: &str, id: ActorID, params: &RawBytes) -> Result<()> {
        let Some(code) = self.executor.manifest().code_of_name(name) else {
            bail!("there is no {name} actor among the built-in actors");
        };
        self.executor
            .state()
            .set_actor(id, Actor::new(code, None))?;
        self.implicit(
            Address::new_id(id),
            METHOD_CONSTRUCTOR,
            params,
            &TokenAmount::zero(),
        )
        .with_context(|| format!("constructing the {name} actor"))
    }

    /// The account that holds what is burnt: its address is its own id, so no key opens it.
    fn burnt_funds(&mut self) -> Result<()> {
        let id = actors::BURNT_FUNDS_ACTOR;
        let code = self.executor.manifest().account;
        let state = self.executor.state();
        let head = state
            .store()
            .put_cbor(&(Address::new_id(id),), Code::Blake2b256)?;
        state.set_actor(
            id,
            Actor {
                root: head,
                ..Actor::new(code, None)
            },
        )?;
        Ok(())
    }

    /// The Ethereum account at the zero address, to which contracts like to burn.
    fn zero_address(&mut self) -> Result<()> {
        let Some(code) = self.executor.manifest().eth_account else {
            return Ok(());
        };
        let address = Address::new_delegated(actors::EAM_ACTOR, &[0; 20])?;
        let state = self.executor.state();
        let id = state.assign_id(&address)?;
        state.set_actor(id, Actor::new(code, Some(address)))?;
        Ok(())
    }

    /// Creates an account as the network does: by sending to its address.
    fn account(&mut self, account: &Account) -> Result<()> {
        let Account { address, balance } = account;
        check_account(address)?;
        ensure!(
            self.executor.state().resolve(address)?.is_none(),
            "the account {address} is there already"
        );
        self.give(actors::SYSTEM_ACTOR, balance)?;
        self.implicit(*address, METHOD_SEND, &RawBytes::default(), balance)
            .with_context(|| format!("creating the account {address}"))
    }

    /// Adds funds out of nothing.
    fn give(&mut self, id: ActorID, amount: &TokenAmount) -> Result<()> {
        Ok(self.executor.state().credit(id, atto(amount)?)?)
    }

    /// Sends a message from the system actor, which must succeed.
    fn implicit(
        &mut self,
        to: Address,
        method_num: MethodNum,
        params: &RawBytes,
        value: &TokenAmount,
    ) -> Result<()> {
        // Twice the limit of a block: there is nobody to keep waiting.
        const GAS_LIMIT: u64 = 20_000_000_000;
        let from = Address::new_id(actors::SYSTEM_ACTOR);
        let message = Message {
            version: 0,
            from,
            to,
            sequence: 0,
            value: value.clone(),
            method_num,
            params: params.clone(),
            gas_limit: GAS_LIMIT,
            gas_fee_cap: TokenAmount::zero(),
            gas_premium: TokenAmount::zero(),
        };
        let applied = self.executor.apply(&message, ApplyKind::Implicit, 0)?;
        if !applied.receipt.exit_code.is_success() {
            let why = applied
                .failure
                .map(|failure| crate::message::describe_failure(&failure));
            bail!(
                "exit code {}: {}",
                applied.receipt.exit_code,
                why.unwrap_or_default()
            );
        }
        Ok(())
    }
}

fn check_account(address: &Address) -> Result<()> {
    let well = match address.payload() {
        Payload::Secp256k1(_) | Payload::BLS(_) => true,
        Payload::Delegated(delegated) => delegated.namespace() == actors::EAM_ACTOR,
        Payload::ID(_) | Payload::Actor(_) => false,
    };
    ensure!(
        well,
        "{address} is no address of an account; use f1, f3, f410 or 0x"
    );
    Ok(())
}

fn atto(amount: &TokenAmount) -> Result<Atto> {
    Atto::from_token(amount).context("an amount that no actor can hold")
}

fn params(value: &impl Serialize) -> Result<RawBytes> {
    Ok(RawBytes::serialize(value)?)
}
