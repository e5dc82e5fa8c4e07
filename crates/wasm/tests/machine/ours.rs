//! Runs a message on our machine.

use std::sync::{Arc, LazyLock};

use atoll_vm::trace::TraceEvent;
use atoll_vm::{ApplyKind, Context, Executor, Externs, MemoryStore, Runner, Setup, Verifier};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};
use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, RawBytes};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};

use super::rule::{Outcome, Rule};
use super::world;

/// One engine for all tests of a file: address space is reserved once.
static RUNNER: LazyLock<Arc<dyn Runner>> = LazyLock::new(|| {
    let engine = Engine::new(&EngineSettings::default()).expect("Wasmtime starts");
    Arc::new(WasmRunner::new(Arc::new(engine)))
});

/// Applies the rule's message to a new chain, twice, and describes what becomes of it.
///
/// # Errors
/// With words, if the message could not be applied, or not twice alike.
pub(crate) fn run_twice(rule: &Rule, module: &[u8]) -> Result<String, String> {
    let first = run(rule, module)?.describe();
    let again = run(rule, module)?.describe();
    if first == again {
        Ok(first)
    } else {
        Err(format!("two runs differ:\n{first}\n{again}"))
    }
}

/// Applies the rule's message to a new chain.
///
/// # Errors
/// With words, if the message could not be applied at all.
pub(crate) fn run(rule: &Rule, module: &[u8]) -> Result<Outcome, String> {
    let store = Arc::new(MemoryStore::new());
    let root = world::build(&store, module, rule.privileged);
    let mut context = Context::new(rule.version);
    context.epoch = world::EPOCH;
    context.timestamp = world::TIMESTAMP;
    context.chain_id = world::CHAIN_ID;
    context.circulating_supply = world::circulating_supply();
    context.tracing = true;
    let mut executor = Executor::new(Setup {
        context,
        blockstore: store.clone(),
        root,
        externs: Arc::new(Chain),
        verifier: Arc::new(Chain),
        runner: Arc::clone(&RUNNER),
    })
    .map_err(|e| e.to_string())?;
    let message = Message {
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
    };
    let applied = executor
        .apply(&message, ApplyKind::Explicit, world::MESSAGE_LEN)
        .map_err(|e| e.to_string())?;
    let after = executor.flush().map_err(|e| e.to_string())?;
    let actors = |root: &Cid| {
        world::ACTORS
            .iter()
            .map(|id| (*id, world::actor(&store, root, *id)))
            .collect()
    };
    Ok(Outcome {
        exit_code: applied.receipt.exit_code.value(),
        answer: applied
            .return_codec
            .map(|codec| (codec, applied.receipt.return_data.bytes().to_vec())),
        gas_used: applied.receipt.gas_used,
        charges: charges(applied.trace),
        events: applied.events,
        before: actors(&root),
        after: actors(&after),
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

/// A chain that answers something simple, and proofs that nobody can check.
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

impl Verifier for Chain {
    fn verify_seal(&self, _: &SealVerifyInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> anyhow::Result<Vec<bool>> {
        Ok(vec![false; infos.len()])
    }

    fn verify_aggregate_seals(&self, _: &AggregateSealVerifyProofAndInfos) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> anyhow::Result<bool> {
        anyhow::bail!("no proofs here")
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
