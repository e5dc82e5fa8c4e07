//! Atoll, with its Wasm runner and an in-memory blockstore.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use atoll_actors::{Inspector, Policy};
use atoll_native::NativeRunner;
use atoll_vm::price::PriceList;
use atoll_vm::store::MemoryStore;
use atoll_vm::{ApplyKind, Context, Executor, Externs, Runner, Setup, Verifier};
use atoll_wasm::{Engine, EngineSettings, Metering, WasmRunner};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};
use fvm_shared::version::NetworkVersion;

use super::{Reply, Vm, peer, work};

/// Atoll, ready for messages.
pub struct Atoll {
    executor: Executor,
    runner: Arc<dyn Runner>,
}

impl Atoll {
    /// On the recorded genesis, with an engine of its own that compiles what is called.
    pub fn new() -> Result<Self> {
        Self::with(&EngineSettings::default())
    }

    /// The same, with a folder for machine code.
    pub fn with_cache(cache: &Path) -> Result<Self> {
        Self::with(&EngineSettings {
            cache: Some(cache.to_owned()),
            ..EngineSettings::default()
        })
    }

    /// On the recorded genesis, with the native actors in the place of the official ones.
    pub fn native() -> Result<Self> {
        Self::on_natives(NativeRunner::new(Policy::mainnet()))
    }

    /// The same, with an inspector that looks at nothing.
    pub fn inspected() -> Result<Self> {
        let runner = NativeRunner::new(Policy::mainnet());
        Self::on_natives(runner.watched_by(Arc::new(Onlooker)))
    }

    fn on_natives(runner: NativeRunner) -> Result<Self> {
        let genesis = work::genesis()?;
        let codes = genesis["codes"]
            .as_object()
            .context("the genesis lists its codes")?;
        let codes = codes.iter().map(|(name, code)| {
            let code = code.as_str().context("a code is text")?;
            anyhow::Ok((name.as_str(), code.parse::<Cid>()?))
        });
        let codes = codes.collect::<Result<Vec<_>>>()?;
        Self::over(Arc::new(runner.standing_in(codes)), &[])
    }

    fn with(settings: &EngineSettings) -> Result<Self> {
        Self::on(Arc::new(WasmRunner::new(Arc::new(Engine::new(settings)?))))
    }

    /// Another chain on the same engine.
    pub fn another(&self) -> Result<Self> {
        Self::on(Arc::clone(&self.runner))
    }

    fn on(runner: Arc<dyn Runner>) -> Result<Self> {
        let (_, bundle) = car(&std::fs::read(crate::bundle()?)?)?;
        Self::over(runner, &bundle)
    }

    fn over(runner: Arc<dyn Runner>, bundle: &[(Cid, Vec<u8>)]) -> Result<Self> {
        let store = MemoryStore::default();
        let (root, genesis) = car(&peer::gunzip(&crate::vectors().join("genesis.car.gz"))?)?;
        for (cid, block) in genesis.iter().chain(bundle) {
            store.put_keyed(cid, block)?;
        }
        let mut context = Context::new(VERSION);
        context.chain_id = 314;
        context.epoch = work::EPOCH;
        context.timestamp = work::TIMESTAMP;
        context.base_fee = TokenAmount::from_atto(work::BASE_FEE);
        let executor = Executor::new(Setup {
            context,
            blockstore: Arc::new(store),
            root,
            externs: Arc::new(NoChain),
            verifier: Arc::new(NoChain),
            runner: runner.clone(),
        })?;
        Ok(Self { executor, runner })
    }
}

impl Vm for Atoll {
    fn apply(&mut self, message: Message) -> Result<Reply> {
        let length = fvm_ipld_encoding::to_vec(&message)?.len() + 69;
        let applied = self.executor.apply(&message, ApplyKind::Explicit, length)?;
        let receipt = applied.receipt;
        if !receipt.exit_code.is_success() {
            bail!("exit {}: {:?}", receipt.exit_code, applied.failure);
        }
        Ok(Reply {
            gas_used: receipt.gas_used,
            data: receipt.return_data.bytes().to_vec(),
        })
    }

    fn flush(&mut self) -> Result<String> {
        Ok(self.executor.flush()?.to_string())
    }

    fn head(&mut self, id: ActorID) -> Result<String> {
        let actor = self.executor.state().actor(id)?.context("no such actor")?;
        Ok(actor.root.to_string())
    }
}

struct Onlooker;

impl Inspector for Onlooker {}

const VERSION: NetworkVersion = NetworkVersion::new(28);

/// A folder for compiled modules, gone when it is dropped.
pub struct Cache(PathBuf);

impl Cache {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // What remains in a temporary folder hurts nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A cache as a machine has it that started before (`warm`), or never.
pub fn start_cache(warm: bool) -> Result<Cache> {
    let name = format!("atoll-bench-{}", std::process::id());
    let cache = Cache(std::env::temp_dir().join(name));
    if warm {
        // In a process of its own: what it compiled must not be in this one's memory.
        let filled = std::process::Command::new(std::env::current_exe()?)
            .args(["engine-process", "fill-cache"])
            .arg(cache.path())
            .status()?;
        if !filled.success() {
            bail!("filling the cache failed");
        }
    }
    Ok(cache)
}

/// From nothing to every actor of the bundle ready to run.
pub fn start(cache: &Path) -> Result<Atoll> {
    let engine = Arc::new(Engine::new(&EngineSettings {
        cache: Some(cache.to_owned()),
        ..EngineSettings::default()
    })?);
    let atoll = Atoll::on(Arc::new(WasmRunner::new(engine.clone())))?;
    let prices = PriceList::of_version(VERSION).context("prices of nv28")?;
    let stack_elements_max = atoll_vm::Limits::default().wasm_stack_max;
    let (_, blocks) = car(&std::fs::read(crate::bundle()?)?)?;
    let modules: Vec<(Cid, &[u8])> = blocks
        .iter()
        .filter(|(_, block)| block.starts_with(b"\0asm"))
        .map(|(cid, block)| (*cid, block.as_slice()))
        .collect();
    let metering = Metering {
        prices: prices.wasm,
        stack_elements_max,
    };
    engine.preload(&modules, &metering)?;
    Ok(atoll)
}

/// The root of a CAR and its blocks.
fn car(bytes: &[u8]) -> Result<(Cid, Vec<(Cid, Vec<u8>)>)> {
    let mut reader = fvm_ipld_car::CarReader::new_unchecked(bytes)?;
    let root = *reader.header.roots.first().context("a CAR has a root")?;
    let mut blocks = Vec::new();
    for block in &mut reader {
        let block = block?;
        blocks.push((block.cid, block.data));
    }
    Ok((root, blocks))
}

/// No message here asks about the chain or proves anything.
struct NoChain;

impl Externs for NoChain {
    fn chain_randomness(&self, _: ChainEpoch) -> Result<[u8; 32]> {
        bail!("no chain")
    }

    fn beacon_randomness(&self, _: ChainEpoch) -> Result<[u8; 32]> {
        bail!("no chain")
    }

    fn tipset_cid(&self, _: ChainEpoch) -> Result<Cid> {
        bail!("no chain")
    }
}

impl Verifier for NoChain {
    fn verify_seal(&self, _: &SealVerifyInfo) -> Result<bool> {
        bail!("no proofs")
    }

    fn batch_verify_seals(&self, _: &[SealVerifyInfo]) -> Result<Vec<bool>> {
        bail!("no proofs")
    }

    fn verify_aggregate_seals(&self, _: &AggregateSealVerifyProofAndInfos) -> Result<bool> {
        bail!("no proofs")
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> Result<bool> {
        bail!("no proofs")
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> Result<bool> {
        bail!("no proofs")
    }

    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(Option<ConsensusFault>, u64)> {
        bail!("no proofs")
    }
}
