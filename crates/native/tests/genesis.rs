//! A first state of native actors: everything is in its place and nothing too much.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_actors::check_state::{ActorEntry, Snapshot, check_state};
use atoll_actors::state::Store;
use atoll_actors::{ActorKind, Policy, datacap, ids};
use atoll_native::genesis::{
    self, Account, FirstState, GenesisError, Grant, MinerPlan, Plan, RESERVE,
};
use atoll_native::{NativeRunner, codes};
use atoll_vm::state::StateTree;
use atoll_vm::store::MemoryStore;
use atoll_vm::{Context, Runner, SharedBlockstore};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::RegisteredPoStProof;
use fvm_shared::version::NetworkVersion;

const GIB: u64 = 1 << 30;

fn key(seed: u8) -> Address {
    Address::new_secp256k1(&[seed; 65]).expect("65 bytes are a key")
}

fn account(seed: u8) -> Account {
    Account {
        address: key(seed),
        balance: TokenAmount::from_whole(1_000),
    }
}

fn grant(seed: u8, gib: u64) -> Grant {
    Grant {
        address: key(seed),
        datacap: (gib * GIB).into(),
    }
}

fn plan(store: &SharedBlockstore) -> Plan {
    let mut context = Context::new(NetworkVersion::new(28));
    context.circulating_supply = TokenAmount::from_whole(1_000);
    let built_in = genesis::native_actors(&**store).expect("memory can be written");
    Plan {
        accounts: vec![account(1), account(2), account(3), worker()],
        verifiers: vec![grant(2, 100)],
        verified_clients: vec![grant(3, 64)],
        miners: vec![miner(1), miner(2)],
        ..Plan::bare(context, built_in, "dev")
    }
}

fn worker() -> Account {
    Account {
        address: Address::new_bls(&[9; 48]).expect("48 bytes are a key"),
        balance: TokenAmount::default(),
    }
}

fn miner(owner: u8) -> MinerPlan {
    MinerPlan {
        owner: key(owner),
        worker: worker().address,
        post_proof: RegisteredPoStProof::StackedDRGWindow2KiBV1P1,
        balance: TokenAmount::from_whole(10),
    }
}

fn build(change: impl FnOnce(&mut Plan)) -> (SharedBlockstore, Result<FirstState, GenesisError>) {
    let store: SharedBlockstore = Arc::new(MemoryStore::default());
    let mut plan = plan(&store);
    change(&mut plan);
    let runner: Arc<dyn Runner> = Arc::new(NativeRunner::new(Policy::dev()));
    let built = genesis::build(&plan, &store, &runner);
    (store, built)
}

fn actors(store: &SharedBlockstore, root: &Cid) -> BTreeMap<ActorID, ActorEntry> {
    let kinds: BTreeMap<Cid, ActorKind> = ActorKind::ALL
        .map(|kind| (codes::code_of(kind), kind))
        .into();
    let mut tree = StateTree::load(atoll_vm::Store::new(store.clone()), root).expect("a tree");
    let mut actors = BTreeMap::new();
    for id in 0..200 {
        let Some(actor) = tree.actor(id).expect("the tree can be read") else {
            continue;
        };
        let entry = ActorEntry {
            kind: kinds[&actor.code],
            head: actor.root,
            balance: actor.balance.to_token(),
        };
        actors.insert(id, entry);
    }
    actors
}

#[test]
fn a_first_state_keeps_every_promise() {
    let (store, first) = build(|_| ());
    let first = first.expect("a plan that can be carried out");
    let actors = actors(&store, &first.root);
    for id in (0..=7).chain([10, RESERVE, ids::BURNT_FUNDS, 100, 101, 102, 103]) {
        assert!(actors.contains_key(&id), "f0{id}");
    }
    // The account at the zero address comes between.
    assert_eq!(first.miners, [105, 106]);
    for miner in &first.miners {
        assert_eq!(actors[miner].kind, ActorKind::Miner);
        assert_eq!(actors[miner].balance, TokenAmount::from_whole(10));
    }
    let fil: TokenAmount = actors.values().map(|actor| &actor.balance).sum();
    assert_eq!(fil, TokenAmount::from_whole(2_000_000_000_u64));

    let blocks: &dyn Blockstore = &*store;
    let token: datacap::state::State = Store(blocks)
        .read(
            &actors[&ids::DATACAP].head,
            ExitCode::USR_ILLEGAL_STATE,
            "datacap",
        )
        .expect("its state");
    let client = token.token.balance(Store(blocks), 102).expect("a balance");
    assert_eq!(client, TokenAmount::from_whole(64 * GIB));

    let policy = Policy::dev();
    let snapshot = Snapshot {
        actors,
        store: Store(blocks),
        policy: &policy,
        epoch: 0,
    };
    let broken = check_state(&snapshot).expect("the states can be read");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Plan), expected: &str) {
    let words = build(change)
        .1
        .expect_err("a plan that can't be carried out")
        .to_string();
    assert!(words.contains(expected), "{words}");
}

#[test]
fn plans_that_cannot_be_carried_out_are_refused() {
    check_refused(|plan| plan.accounts.push(account(1)), "is there already");
    check_refused(
        |plan| plan.accounts[0].balance = TokenAmount::from_whole(900_000_000),
        "there are 900000000",
    );
    check_refused(
        |plan| plan.accounts[0].balance = TokenAmount::from_whole(-1),
        "can't hold -1",
    );
    check_refused(|plan| plan.verifiers.clear(), "without a verifier");
    check_refused(
        |plan| plan.verifiers = vec![grant(1, 100)],
        "naming the verifier",
    );
    check_refused(
        |plan| plan.verified_clients = vec![grant(3, 101)],
        "granting datacap",
    );
    check_refused(
        |plan| plan.built_in = fvm_shared::EMPTY_ARR_CID,
        "built-in actors",
    );
    check_refused(
        |plan| plan.root_key = Some(key(77)),
        "is no account of the plan",
    );
    check_refused(
        |plan| plan.miners[1].worker = key(1),
        "creating the miner of",
    );
    check_refused(
        |plan| plan.miners[1].balance = TokenAmount::from_whole(1_001),
        "creating the miner of",
    );
}

#[test]
fn the_root_key_names_verifiers() {
    let (_, first) = build(|plan| {
        plan.root_key = Some(key(3));
        plan.verifiers = vec![grant(1, 100)];
        plan.verified_clients = vec![grant(2, 64)];
    });
    first.expect("a plan that can be carried out");
}
