//! Plays a [rule](crate::rule), or any message, on our machine.

use std::sync::{Arc, LazyLock};

use atoll_vm::trace::TraceEvent;
use atoll_vm::{ApplyError, ApplyKind, Context, Executor, Externs, MemoryStore, Runner, Setup};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};
use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, RawBytes};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;

use crate::chain::NoProofs;
use crate::rule::{Outcome, Rule};
use crate::world;

/// One engine for all tests of a file: address space is reserved once.
static RUNNER: LazyLock<Arc<dyn Runner>> = LazyLock::new(runner);

/// A message, and the [world] that it is applied to.
pub struct Play<'a> {
    pub version: NetworkVersion,
    /// In attoFIL.
    pub base_fee: u64,
    /// The code of the actor under test.
    pub module: &'a [u8],
    /// Whether the code is also that of the init actor.
    pub privileged: bool,
    pub message: Message,
    pub kind: ApplyKind,
    /// How many bytes the message has on chain.
    pub length: usize,
}

impl<'a> Play<'a> {
    /// The rule's message, free of fees.
    pub fn of(rule: &Rule, module: &'a [u8]) -> Self {
        Self {
            version: rule.version,
            base_fee: 0,
            module,
            privileged: rule.privileged,
            message: Message {
                version: 0,
                from: world::address(world::SENDER).expect("it has one"),
                to: rule.to,
                sequence: 0,
                value: TokenAmount::from_atto(rule.value),
                method_num: rule.method,
                params: RawBytes::new(rule.params.clone()),
                gas_limit: rule.gas_limit,
                gas_fee_cap: TokenAmount::default(),
                gas_premium: TokenAmount::default(),
            },
            kind: ApplyKind::Explicit,
            length: world::MESSAGE_LEN,
        }
    }
}

/// A runner with an engine of its own.
pub fn runner() -> Arc<dyn Runner> {
    let engine = Engine::new(&EngineSettings::default()).expect("Wasmtime starts");
    Arc::new(WasmRunner::new(Arc::new(engine)))
}

/// Applies the rule's message to a new chain, twice, and describes what becomes of it.
///
/// # Errors
/// With words, if the message could not be applied, or not twice alike.
pub fn run_twice(rule: &Rule, module: &[u8]) -> Result<String, String> {
    let run = || apply(&RUNNER, &Play::of(rule, module)).map_err(|e| e.to_string());
    let first = run()?.describe();
    let again = run()?.describe();
    if first == again {
        Ok(first)
    } else {
        Err(format!("two runs differ:\n{first}\n{again}"))
    }
}

/// Applies a message to a new chain.
///
/// # Errors
/// If it could not be applied at all.
pub fn apply(runner: &Arc<dyn Runner>, play: &Play<'_>) -> Result<Outcome, ApplyError> {
    let store = Arc::new(MemoryStore::new());
    let root = world::build(&store, play.version, play.module, play.privileged);
    let mut context = Context::new(play.version);
    context.epoch = world::EPOCH;
    context.timestamp = world::TIMESTAMP;
    context.chain_id = world::CHAIN_ID;
    context.base_fee = TokenAmount::from_atto(play.base_fee);
    context.circulating_supply = world::circulating_supply();
    context.tracing = true;
    let mut executor = Executor::new(Setup {
        context,
        blockstore: store.clone(),
        root,
        externs: Arc::new(Chain),
        verifier: Arc::new(NoProofs),
        runner: Arc::clone(runner),
    })?;
    let applied = executor.apply(&play.message, play.kind, play.length)?;
    let after = executor.flush()?;
    Ok(Outcome {
        exit_code: applied.receipt.exit_code.value(),
        answer: applied
            .return_codec
            .map(|codec| (codec, applied.receipt.return_data.bytes().to_vec())),
        gas_used: applied.receipt.gas_used,
        charges: charges(applied.trace),
        events: applied.events,
        before: world::actors(&store, &root),
        after: world::actors(&store, &after),
    })
}

fn charges(trace: Vec<TraceEvent>) -> Vec<(String, u64)> {
    let charges = trace.into_iter().filter_map(|event| match event {
        TraceEvent::Charge(charge) => {
            let total = charge.total().milligas();
            Some((charge.name.into_owned(), total))
        }
        _ => None,
    });
    charges.collect()
}

/// A chain that answers something simple, and nothing about the future.
struct Chain;

impl Externs for Chain {
    fn chain_randomness(&self, epoch: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        anyhow::ensure!(epoch <= world::EPOCH, "epoch {epoch} is still to come");
        Ok(world::CHAIN_RANDOMNESS)
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> anyhow::Result<[u8; 32]> {
        anyhow::ensure!(epoch <= world::EPOCH, "epoch {epoch} is still to come");
        Ok(world::BEACON_RANDOMNESS)
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> anyhow::Result<Cid> {
        Ok(world::cid(DAG_CBOR, &epoch.to_be_bytes()))
    }
}
