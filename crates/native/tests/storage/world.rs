//! One chain, or the same chain twice: on native actors, and on those of an official bundle. A
//! message goes to both, and whatever differs afterwards ends the test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use atoll_actors::check_state::{ActorEntry, Snapshot, check_state};
use atoll_actors::{ActorKind, Policy, registry};
use atoll_native::genesis::{self, Account, Plan};
use atoll_native::{NativeRunner, codes};
use atoll_vm::{
    Actor, Applied, ApplyKind, Context, Dispatcher, Executor, MemoryStore, Runner, Setup,
    SharedBlockstore, Store,
};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};
use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, MethodNum};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::chain::Chain;
use crate::{car, explain};

/// More than any message takes, natively or not: gas is not compared here.
const GAS_LIMIT: u64 = 1_000_000_000_000;
/// How many of the last messages are shown with a difference.
const SHOWN_MESSAGES: usize = 6;

/// What a message came to.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) code: ExitCode,
    pub(crate) data: RawBytes,
}

impl Answer {
    /// What a successful message returned.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> Option<T> {
        self.code
            .is_success()
            .then(|| self.data.deserialize().expect("an answer of this type"))
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.code.is_success()
    }
}

/// One of the two.
struct Side {
    name: &'static str,
    executor: Executor,
    kinds: BTreeMap<Cid, ActorKind>,
}

pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) epoch: ChainEpoch,
    sides: Vec<Side>,
    /// How often each method ended with each code.
    pub(crate) ended: BTreeMap<(String, String), BTreeMap<u32, u64>>,
    /// Gas of successful calls, by method: natively, officially.
    pub(crate) gas: BTreeMap<(String, String), Vec<(u64, u64)>>,
    /// Is the gas of every successful message printed?
    gas_lines: bool,
    /// Why a method first ended with a code.
    pub(crate) why: BTreeMap<(String, u32), String>,
    last: Vec<String>,
    sequence: u64,
    actors_end: ActorID,
}

impl World {
    /// Native actors alone, or next to those of a bundle.
    pub(crate) fn new(policy: Policy, accounts: Vec<Account>, bundle: Option<&[u8]>) -> Self {
        let mut sides = vec![Side::native(&policy, accounts.clone())];
        sides.extend(bundle.map(|car| Side::official(car, accounts)));
        let mut world = Self {
            policy,
            epoch: 0,
            sides,
            ended: BTreeMap::new(),
            gas: BTreeMap::new(),
            gas_lines: std::env::var_os("ATOLL_GAS_LINES").is_some(),
            why: BTreeMap::new(),
            last: Vec::new(),
            sequence: 0,
            actors_end: 100,
        };
        if let Some(words) = world.compare_actors() {
            panic!("the first states differ:\n{words}");
        }
        world
    }

    /// Is there anything to compare with?
    pub(crate) fn is_pair(&self) -> bool {
        self.sides.len() > 1
    }

    /// Writes the state, and goes on with another epoch.
    pub(crate) fn set_epoch(&mut self, epoch: ChainEpoch) {
        self.epoch = epoch;
        for side in &mut self.sides {
            side.executor.flush().expect("memory can be written");
            let mut context = side.executor.context().clone();
            context.epoch = epoch;
            context.timestamp = epoch as u64 * 30;
            side.executor.set_context(context).expect("a context");
        }
    }

    pub(crate) fn blocks(&mut self) -> Store {
        self.sides[0].executor.state().store().clone()
    }

    /// The state of an actor.
    pub(crate) fn state<S: DeserializeOwned>(&mut self, id: ActorID) -> S {
        let blocks = self.blocks();
        let root = self.actor(id).expect("it exists").root;
        atoll_actors::state::Store(&blocks)
            .read(&root, ExitCode::USR_ILLEGAL_STATE, "a state")
            .expect("a state of this type")
    }

    fn actor(&mut self, id: ActorID) -> Option<Actor> {
        self.sides[0].actor(id)
    }

    pub(crate) fn kind(&mut self, id: ActorID) -> Option<ActorKind> {
        let code = self.actor(id)?.code;
        self.sides[0].kinds.get(&code).copied()
    }

    pub(crate) fn balance(&mut self, id: ActorID) -> TokenAmount {
        self.actor(id)
            .map(|actor| actor.balance.to_token())
            .unwrap_or_default()
    }

    /// Sends a message, and compares what it did.
    pub(crate) fn send<P: Serialize + ?Sized>(
        &mut self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: &P,
        value: TokenAmount,
    ) -> Answer {
        let params = RawBytes::serialize(params).expect("parameters encode");
        self.send_bytes(from, to, method, params, value)
    }

    pub(crate) fn send_bytes(
        &mut self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: RawBytes,
        value: TokenAmount,
    ) -> Answer {
        self.sequence += 1;
        let message = Message {
            version: 0,
            from: Address::new_id(from),
            to: Address::new_id(to),
            sequence: self.sequence,
            value,
            method_num: method,
            params,
            gas_limit: GAS_LIMIT,
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        let (kind, name) = self.names(to, method);
        self.remember(&message, &kind, &name);
        let applied: Vec<Applied> = self
            .sides
            .iter_mut()
            .map(|side| {
                side.executor
                    .apply(&message, ApplyKind::Implicit, 0)
                    .unwrap_or_else(|error| panic!("{}: {error}", side.name))
            })
            .collect();
        self.compare(&applied);
        let receipt = &applied[0].receipt;
        let code = receipt.exit_code;
        let ended = self.ended.entry((kind.clone(), name.clone())).or_default();
        *ended.entry(code.value()).or_default() += 1;
        if let Some(failure) = &applied[0].failure {
            let why = self.why.entry((name.clone(), code.value()));
            why.or_insert_with(|| failure.to_string());
        }
        if code.is_success()
            && let [ours, theirs] = applied.as_slice()
        {
            let gas = (ours.receipt.gas_used, theirs.receipt.gas_used);
            if self.gas_lines {
                let len = message.params.bytes().len();
                println!("gas {kind} {name} {method} {len} {} {}", gas.0, gas.1);
            }
            self.gas.entry((kind, name)).or_default().push(gas);
        }
        Answer {
            code,
            data: receipt.return_data.clone(),
        }
    }

    fn names(&mut self, to: ActorID, method: MethodNum) -> (String, String) {
        let Some(kind) = self.kind(to) else {
            return ("nobody".to_owned(), method.to_string());
        };
        let actor = registry::actor(kind).expect("all are native");
        let name = actor.methods.iter().find(|m| m.number == method);
        let name = name.map_or_else(|| method.to_string(), |m| m.name.to_owned());
        (kind.name().to_owned(), name)
    }

    fn remember(&mut self, message: &Message, kind: &str, name: &str) {
        if self.last.len() == SHOWN_MESSAGES {
            self.last.remove(0);
        }
        self.last.push(format!(
            "epoch {}: {} to {} ({kind}) {name}, {} FIL, params {}",
            self.epoch,
            message.from,
            message.to,
            message.value,
            hex::encode(message.params.bytes()),
        ));
    }

    pub(crate) fn last_messages(&self) -> String {
        self.last.join("\n")
    }

    fn compare(&mut self, applied: &[Applied]) {
        let mut words = String::new();
        if let [ours, theirs] = applied {
            let facts = |applied: &Applied| {
                (
                    applied.receipt.exit_code,
                    applied.return_codec,
                    hex::encode(applied.receipt.return_data.bytes()),
                )
            };
            if facts(ours) != facts(theirs) {
                let _ = writeln!(words, "ours   {:?}: {:?}", facts(ours), ours.failure);
                let _ = writeln!(words, "theirs {:?}: {:?}", facts(theirs), theirs.failure);
            }
            if ours.events != theirs.events {
                let _ = writeln!(words, "events, ours:   {:?}", ours.events);
                let _ = writeln!(words, "events, theirs: {:?}", theirs.events);
            }
        }
        words.extend(self.compare_actors());
        assert!(words.is_empty(), "{words}\nafter\n{}", self.last_messages());
    }

    fn compare_actors(&mut self) -> Option<String> {
        while self.actor(self.actors_end).is_some() {
            self.actors_end += 1;
        }
        let actors_end = self.actors_end + 1;
        let [ours, theirs] = self.sides.as_mut_slice() else {
            return None;
        };
        let mut words = String::new();
        // The system actor's state names the code of all others.
        for id in 1..actors_end {
            let (a, b) = (ours.actor(id), theirs.actor(id));
            let (Some(a), Some(b)) = (&a, &b) else {
                if a.is_some() != b.is_some() {
                    let _ = writeln!(words, "f0{id}: {a:?} against {b:?}");
                }
                continue;
            };
            let kinds = (
                ours.kinds.get(&a.code).copied(),
                theirs.kinds.get(&b.code).copied(),
            );
            let same = kinds.0 == kinds.1
                && (a.balance, a.sequence, a.delegated_address)
                    == (b.balance, b.sequence, b.delegated_address);
            if !same {
                let _ = writeln!(words, "f0{id} {kinds:?}: {a:?} against {b:?}");
            }
            if a.root != b.root {
                let stores = (ours.blocks(), theirs.blocks());
                let found = explain::differences((&stores.0, a.root), (&stores.1, b.root));
                let _ = writeln!(
                    words,
                    "f0{id} {:?}, state:\n  {}",
                    kinds.0,
                    found.join("\n  ")
                );
            }
        }
        (!words.is_empty()).then_some(words)
    }

    // --- what must hold ----------------------------------------------------------------------

    /// All the FIL there is.
    pub(crate) fn total(&mut self) -> TokenAmount {
        (0..self.actors_end).map(|id| self.balance(id)).sum()
    }

    /// Every promise of the actors' states.
    pub(crate) fn check(&mut self) {
        let blocks = self.blocks();
        let mut actors = BTreeMap::new();
        for id in 0..self.actors_end {
            if let (Some(actor), Some(kind)) = (self.actor(id), self.kind(id)) {
                let entry = ActorEntry {
                    kind,
                    head: actor.root,
                    balance: actor.balance.to_token(),
                };
                actors.insert(id, entry);
            }
        }
        let snapshot = Snapshot {
            actors,
            store: atoll_actors::state::Store(&blocks),
            policy: &self.policy,
            epoch: self.epoch,
        };
        let broken = check_state(&snapshot).expect("the states can be read");
        assert!(
            broken.is_empty(),
            "{broken:#?}\nafter\n{}",
            self.last_messages()
        );
    }
}

impl Side {
    fn native(policy: &Policy, accounts: Vec<Account>) -> Self {
        let natives: Arc<dyn Runner> = Arc::new(NativeRunner::new(policy.clone()));
        let dispatcher = codes::all().fold(Dispatcher::new(), |dispatcher, (code, _)| {
            dispatcher.with_native(code, natives.clone())
        });
        let store: SharedBlockstore = Arc::new(MemoryStore::default());
        let built_in = genesis::native_actors(&*store).expect("memory can be written");
        Self::begin("native", store, built_in, Arc::new(dispatcher), accounts)
    }

    fn official(car: &[u8], accounts: Vec<Account>) -> Self {
        let settings = EngineSettings {
            cache: std::env::var_os("ATOLL_CACHE").map(Into::into),
            ..EngineSettings::default()
        };
        let engine = Engine::new(&settings).expect("Wasmtime starts");
        let runner = Arc::new(WasmRunner::new(Arc::new(engine)));
        let store: SharedBlockstore = Arc::new(MemoryStore::default());
        let (manifest, blocks) = car::read(car);
        for (cid, block) in blocks {
            store
                .put_keyed(&cid, &block)
                .expect("memory can be written");
        }
        let block = store.get(&manifest).expect("memory can be read");
        let block = block.expect("a bundle holds its manifest");
        let (_, data): (u32, Cid) = fvm_ipld_encoding::from_slice(&block).expect("a manifest");
        Self::begin("official", store, data, runner, accounts)
    }

    fn begin(
        name: &'static str,
        blockstore: SharedBlockstore,
        built_in: Cid,
        runner: Arc<dyn Runner>,
        accounts: Vec<Account>,
    ) -> Self {
        let mut context = Context::new(NetworkVersion::V28);
        context.circulating_supply = TokenAmount::from_whole(700_000_000);
        let plan = Plan {
            accounts,
            ..Plan::bare(context.clone(), built_in, "storage")
        };
        let first = genesis::build(&plan, &blockstore, &runner).expect("a first state");
        let executor = Executor::new(Setup {
            context,
            blockstore,
            root: first.root,
            externs: Arc::new(Chain),
            verifier: Arc::new(Chain),
            runner,
        });
        let executor = executor.expect("a machine");
        let kinds = ActorKind::ALL.into_iter().map(|kind| {
            let code = executor.manifest().code_of_name(kind.name());
            (code.expect("a whole manifest"), kind)
        });
        let kinds = kinds.collect();
        Self {
            name,
            executor,
            kinds,
        }
    }

    fn actor(&mut self, id: ActorID) -> Option<Actor> {
        let actor = self.executor.state().actor(id);
        actor.expect("the tree can be read").cloned()
    }

    fn blocks(&mut self) -> Store {
        self.executor.state().store().clone()
    }
}
