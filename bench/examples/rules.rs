//! Plays the rules of `crates/wasm/tests` on the reference, and says where it disagrees with what
//! the files say. Then it plays each at all other network versions that the reference knows, and
//! the generated hostile modules, on both machines.
//!
//! ```sh
//! cd bench && cargo run --release --example rules
//! ```
//!
//! Rules for network versions that crate `fvm` 4 does not know are passed over. So are modules
//! that it refuses before any message is applied: it prepares the built-in actors at the start,
//! and the actor under test is one of them.

use std::path::Path;

use anyhow::Context;
use atoll_testkit::rule::{Outcome, Rule};
use atoll_testkit::{files, hostile, play, world};
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

type ReferenceMachine = DefaultMachine<MemoryBlockstore, SimpleChain>;
type ReferenceKernel = DefaultFilecoinKernel<DefaultCallManager<ReferenceMachine>>;

/// The reference nests calls on the native stack.
const STACK_BYTES: usize = 256 << 20;

/// How often the two machines said what.
#[derive(Default)]
struct Tally {
    agreed: u32,
    otherwise_split: u32,
    disagreed: u32,
    passed_over: u32,
}

fn main() -> anyhow::Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wasm/tests");
    let rules = files::files(&tests.join("rules")).into_iter();
    let mut tally = Tally::default();
    let mut read = Vec::new();
    for path in rules.chain(files::files(&tests.join("hostile"))) {
        let file = std::fs::read_to_string(&path)?;
        let rule = Rule::parse(&file).map_err(anyhow::Error::msg)?;
        tally.count(&path.display().to_string(), &file, played(&rule));
        read.push((path, rule));
    }
    tally.print("the files");

    let mut tally = Tally::default();
    for version in 21..28 {
        for (path, rule) in &mut read {
            rule.version = NetworkVersion::from(version);
            let name = format!("{} at nv{version}", path.display());
            // An older form of a syscall may be what the rule is about.
            let Ok(ours) = rule
                .module()
                .and_then(|module| play::run_twice(rule, &module))
            else {
                tally.passed_over += 1;
                continue;
            };
            tally.count(&name, &rule.with_expectation(&ours), played(rule));
        }
    }
    tally.print("nv21 to nv27");

    let mut tally = Tally::default();
    let rule = Rule::new(";; @gas 2000000000\n".to_owned());
    for (name, module) in hostile::modules() {
        let ours = play::run_twice(&rule, &module).map_err(anyhow::Error::msg)?;
        match on_a_large_stack(&rule, &module) {
            Ok(outcome) => {
                let theirs = rule.with_expectation(&outcome.describe());
                tally.count(name, &rule.with_expectation(&ours), Ok(Some(theirs)));
            }
            // 10: there is no code that could be run.
            Err(_) if ours.starts_with("exit 10") => tally.agreed += 1,
            Err(e) => {
                tally.disagreed += 1;
                println!("{name}: the reference refuses it: {e:#}; we say\n{ours}");
            }
        }
    }
    tally.print("hostile modules, of which some must be refused");
    Ok(())
}

impl Tally {
    /// Compares a file with what it would be if the reference had written it.
    fn count(&mut self, name: &str, file: &str, played: anyhow::Result<Option<String>>) {
        match played {
            Ok(Some(theirs)) if theirs == file => self.agreed += 1,
            // Within a start function the reference calls some of the gas by another name, and
            // a message that breaks loses all of it, whatever it was charged for before.
            Ok(Some(theirs)) if receipt(&theirs) == receipt(file) => self.otherwise_split += 1,
            Ok(Some(theirs)) => {
                self.disagreed += 1;
                println!("{name}: the reference says\n{theirs}and we say\n{file}");
            }
            Ok(None) => self.passed_over += 1,
            Err(e) => {
                self.passed_over += 1;
                println!("{name}: {e:#}");
            }
        }
    }

    fn print(&self, what: &str) {
        let Self {
            agreed,
            otherwise_split,
            disagreed,
            passed_over,
        } = self;
        println!(
            "{what}: {agreed} agree, {otherwise_split} but for what the gas is called, \
             {disagreed} disagree, {passed_over} passed over"
        );
    }
}

/// A file without what the gas was charged for.
fn receipt(file: &str) -> Vec<&str> {
    file.lines()
        .filter(|line| !line.starts_with(";;   "))
        .collect()
}

/// The rule's file as it would be if the reference wrote it, or `None` if it knows no such
/// version.
fn played(rule: &Rule) -> anyhow::Result<Option<String>> {
    if rule.version < NetworkVersion::V21 {
        return Ok(None);
    }
    let module = rule.module().map_err(anyhow::Error::msg)?;
    let outcome = on_a_large_stack(rule, &module)?;
    Ok(Some(rule.with_expectation(&outcome.describe())))
}

fn on_a_large_stack(rule: &Rule, module: &[u8]) -> anyhow::Result<Outcome> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let thread = thread.spawn_scoped(scope, || run(rule, module))?;
        thread
            .join()
            .map_err(|_| anyhow::anyhow!("the reference panicked"))?
    })
}

fn run(rule: &Rule, module: &[u8]) -> anyhow::Result<Outcome> {
    let store = MemoryBlockstore::new();
    let root = world::build(&store, rule.version, module, rule.privileged);
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
    let actors = |root: &Cid| world::actors(executor.blockstore(), root);
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
