//! The reference: crate `fvm`, as a node would use it, with an in-memory blockstore.

use anyhow::{Context, Result, bail};
use cid::Cid;
use fvm::call_manager::DefaultCallManager;
use fvm::engine::{EnginePool, MultiEngine};
use fvm::executor::{ApplyKind, DefaultExecutor, Executor};
use fvm::externs::{Chain, Consensus, Externs, Rand};
use fvm::kernel::filecoin::DefaultFilecoinKernel;
use fvm::machine::{DefaultMachine, Machine, MachineContext, NetworkConfig};
use fvm_ipld_blockstore::MemoryBlockstore;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;

use super::{Reply, Vm, work};

type ReferenceMachine = DefaultMachine<MemoryBlockstore, NoChain>;
type ReferenceExecutor =
    DefaultExecutor<DefaultFilecoinKernel<DefaultCallManager<ReferenceMachine>>>;

/// The reference, ready for messages.
pub struct Reference {
    executor: ReferenceExecutor,
}

impl Reference {
    /// On the recorded genesis.
    pub fn new() -> Result<Self> {
        let store = MemoryBlockstore::default();
        let root = load_car(&store, &gunzip(&crate::vectors().join("genesis.car.gz"))?)?;
        load_car(&store, &std::fs::read(crate::bundle()?)?)?;
        let (engine, context) = engine(root)?;
        let machine = DefaultMachine::new(&context, store, NoChain)?;
        Ok(Self {
            executor: DefaultExecutor::new(engine, machine)?,
        })
    }
}

impl Vm for Reference {
    fn apply(&mut self, message: Message) -> Result<Reply> {
        let length = fvm_ipld_encoding::to_vec(&message)?.len() + 69;
        let applied = self
            .executor
            .execute_message(message, ApplyKind::Explicit, length)?;
        let receipt = applied.msg_receipt;
        if !receipt.exit_code.is_success() {
            bail!(
                "exit {}: {:?}",
                receipt.exit_code,
                applied.failure_info.map(|f| f.to_string())
            );
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
        let actor = self.executor.state_tree().get_actor(id)?;
        Ok(actor.context("no such actor")?.state.to_string())
    }
}

/// From nothing to every actor of the bundle compiled. The reference has no cache on disk.
pub fn start() -> Result<Reference> {
    Reference::new()
}

fn engine(root: Cid) -> Result<(EnginePool, MachineContext)> {
    let mut network = NetworkConfig::new(NetworkVersion::from(28));
    network.chain_id(314.into());
    let engine = MultiEngine::new(1).get(&network)?;
    let mut context = network.for_epoch(work::EPOCH, work::TIMESTAMP, root);
    context.set_base_fee(TokenAmount::from_atto(work::BASE_FEE));
    Ok((engine, context))
}

fn load_car(store: &MemoryBlockstore, car: &[u8]) -> Result<Cid> {
    fvm_ipld_car::load_car_unchecked(store, car)?
        .into_iter()
        .next()
        .context("a CAR has a root")
}

/// The content of a gzip file.
pub fn gunzip(path: &std::path::Path) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(std::fs::File::open(path)?);
    std::io::Read::read_to_end(&mut reader, &mut content)?;
    Ok(content)
}

/// No message here asks about the chain.
struct NoChain;

impl Externs for NoChain {}

impl Rand for NoChain {
    fn get_chain_randomness(&self, _: ChainEpoch) -> Result<[u8; 32]> {
        bail!("no chain")
    }

    fn get_beacon_randomness(&self, _: ChainEpoch) -> Result<[u8; 32]> {
        bail!("no chain")
    }
}

impl Consensus for NoChain {
    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(Option<ConsensusFault>, i64)> {
        bail!("no chain")
    }
}

impl Chain for NoChain {
    fn get_tipset_cid(&self, _: ChainEpoch) -> Result<Cid> {
        bail!("no chain")
    }
}
