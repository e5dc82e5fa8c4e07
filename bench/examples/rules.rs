//! Plays the rules of `crates/wasm/tests` on the reference, and says where it disagrees with what
//! the files say.
//!
//! ```sh
//! cd bench && cargo run --release --example rules
//! ```
//!
//! Rules for network versions that crate `fvm` 4 does not know are passed over. So are modules
//! that it refuses before any message is applied: it prepares the built-in actors at the start,
//! and the actor under test is one of them.

#[path = "../../crates/wasm/tests/machine/rule.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod rule;
#[path = "../../crates/wasm/tests/machine/world.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use cid::Cid;
use fvm::call_manager::DefaultCallManager;
use fvm::engine::EnginePool;
use fvm::executor::{ApplyKind, DefaultExecutor, Executor};
use fvm::externs::{Chain, Consensus, Externs, Rand};
use fvm::kernel::filecoin::DefaultFilecoinKernel;
use fvm::machine::{DefaultMachine, Machine, NetworkConfig};
use fvm::trace::ExecutionEvent;
use fvm_ipld_blockstore::MemoryBlockstore;
use fvm_ipld_encoding::{DAG_CBOR, RawBytes};
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use rule::{Outcome, Rule};

type ReferenceMachine = DefaultMachine<MemoryBlockstore, SimpleChain>;
type ReferenceKernel = DefaultFilecoinKernel<DefaultCallManager<ReferenceMachine>>;

/// The reference nests calls on the native stack.
const STACK_BYTES: usize = 256 << 20;

fn main() -> anyhow::Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wasm/tests");
    let (mut agreed, mut otherwise_split, mut disagreed, mut passed_over) = (0, 0, 0, 0);
    for path in files(&[tests.join("rules"), tests.join("hostile")])? {
        let file = std::fs::read_to_string(&path)?;
        match played(&file) {
            Ok(Some(expected)) if expected == file => agreed += 1,
            // Within a start function the reference calls some of the gas by another name, and
            // a message that breaks loses all of it, whatever it was charged for before.
            Ok(Some(expected)) if receipt(&expected) == receipt(&file) => otherwise_split += 1,
            Ok(Some(expected)) => {
                disagreed += 1;
                println!("{}: the reference says\n{expected}", path.display());
            }
            Ok(None) => passed_over += 1,
            Err(e) => {
                passed_over += 1;
                println!("{}: {e:#}", path.display());
            }
        }
    }
    println!(
        "{agreed} agree, {otherwise_split} but for what the gas is called, \
         {disagreed} disagree, {passed_over} passed over"
    );
    if disagreed > 0 {
        bail!("the reference disagrees");
    }
    Ok(())
}

/// A file without what the gas was charged for.
fn receipt(file: &str) -> Vec<&str> {
    file.lines()
        .filter(|line| !line.starts_with(";;   "))
        .collect()
}

fn files(folders: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = folders.to_vec();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wat") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The file as it would be if the reference wrote it, or `None` if it knows no such version.
fn played(file: &str) -> anyhow::Result<Option<String>> {
    let rule = Rule::parse(file).map_err(anyhow::Error::msg)?;
    if rule.version < NetworkVersion::V21 {
        return Ok(None);
    }
    let module = rule.module().map_err(anyhow::Error::msg)?;
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let thread = thread.spawn_scoped(scope, || run(&rule, &module))?;
        thread
            .join()
            .map_err(|_| anyhow::anyhow!("the reference panicked"))?
    })?;
    Ok(Some(rule.with_expectation(&outcome.describe())))
}

fn run(rule: &Rule, module: &[u8]) -> anyhow::Result<Outcome> {
    let store = MemoryBlockstore::new();
    let root = world::build(&store, module, rule.privileged);
    let mut network = NetworkConfig::new(rule.version);
    network.chain_id(world::CHAIN_ID.into());
    let engine = EnginePool::new((&network).into())?;
    let mut context = network.for_epoch(world::EPOCH, world::TIMESTAMP, root);
    context.set_base_fee(TokenAmount::default());
    context.set_circulating_supply(world::circulating_supply());
    context.enable_tracing();
    let machine = DefaultMachine::new(&context, store, SimpleChain)?;
    let mut executor = DefaultExecutor::<ReferenceKernel>::new(engine, machine)?;
    let message = Message {
        version: 0,
        from: world::address(world::SENDER).context("the sender has an address")?,
        to: rule.to,
        sequence: 0,
        value: TokenAmount::from_atto(rule.value),
        method_num: rule.method,
        params: RawBytes::new(rule.params.clone()),
        gas_limit: rule.gas_limit,
        gas_fee_cap: TokenAmount::default(),
        gas_premium: TokenAmount::default(),
    };
    let applied = executor.execute_message(message, ApplyKind::Explicit, world::MESSAGE_LEN)?;
    let after = executor.flush()?;
    let actors = |root: &Cid| {
        let store = executor.blockstore();
        world::ACTORS
            .iter()
            .map(|id| (*id, world::actor(store, root, *id)))
            .collect()
    };
    let charges = applied.exec_trace.iter().filter_map(|event| match event {
        ExecutionEvent::GasCharge(charge) => {
            Some((charge.name.to_string(), charge.total().as_milligas()))
        }
        _ => None,
    });
    let data = applied.msg_receipt.return_data.bytes();
    Ok(Outcome {
        exit_code: applied.msg_receipt.exit_code.value(),
        answer: applied.return_codec.map(|codec| (codec, data.to_vec())),
        gas_used: applied.msg_receipt.gas_used,
        charges: charges.collect(),
        before: actors(&root),
        after: actors(&after),
        events: applied.events,
    })
}

/// The chain that our tests have too.
struct SimpleChain;

impl Externs for SimpleChain {}

impl Rand for SimpleChain {
    fn get_chain_randomness(&self, epoch: i64) -> anyhow::Result<[u8; 32]> {
        anyhow::ensure!(epoch <= world::EPOCH, "epoch {epoch} is still to come");
        Ok(world::CHAIN_RANDOMNESS)
    }

    fn get_beacon_randomness(&self, epoch: i64) -> anyhow::Result<[u8; 32]> {
        anyhow::ensure!(epoch <= world::EPOCH, "epoch {epoch} is still to come");
        Ok(world::BEACON_RANDOMNESS)
    }
}

impl Chain for SimpleChain {
    fn get_tipset_cid(&self, epoch: i64) -> anyhow::Result<Cid> {
        Ok(world::cid(DAG_CBOR, &epoch.to_be_bytes()))
    }
}

impl Consensus for SimpleChain {
    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> anyhow::Result<(Option<ConsensusFault>, i64)> {
        Ok((None, 0))
    }
}
