//! The reference with the official bundle, made to believe every proof.

mod kernel;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use atoll_vm::MemoryStore;
use cid::Cid;
use fvm::engine::{EnginePool, MultiEngine};
use fvm::executor::{ApplyKind, DefaultExecutor, Executor};
use fvm::externs::{Chain, Consensus, Externs, Rand};
use fvm::machine::{DefaultMachine, Machine, NetworkConfig};
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use multihash_codetable::{Code, MultihashDigest};

use self::kernel::BelievingKernel;
use super::Vm;
use super::prepare::{Prepared, circulating, digest};

type ReferenceMachine = DefaultMachine<Blocks, HashedChain>;

/// The reference on a prepared chain.
pub struct Reference {
    engine: EnginePool,
    network: NetworkConfig,
    store: Blocks,
    /// `None` only before the first epoch begins.
    executor: Option<DefaultExecutor<BelievingKernel>>,
}

impl Reference {
    pub fn open(prepared: &Prepared) -> Result<Self> {
        let root = prepared.official()?;
        let mut network = NetworkConfig::new(NetworkVersion::V28);
        network.chain_id(314.into());
        let engine = MultiEngine::new(1).get(&network)?;
        let mut reference = Self {
            engine,
            network,
            store: Blocks(prepared.store.clone()),
            executor: None,
        };
        reference.begin(root, prepared.epoch)?;
        Ok(reference)
    }

    fn begin(&mut self, root: Cid, epoch: ChainEpoch) -> Result<()> {
        let mut context = self
            .network
            .for_epoch(epoch, epoch.unsigned_abs() * 30, root);
        context.set_base_fee(TokenAmount::default());
        context.set_circulating_supply(circulating());
        let machine = DefaultMachine::new(&context, self.store.clone(), HashedChain)?;
        self.executor = Some(DefaultExecutor::new(self.engine.clone(), machine)?);
        Ok(())
    }

    fn executor(&mut self) -> Result<&mut DefaultExecutor<BelievingKernel>> {
        self.executor.as_mut().context("no epoch could begin")
    }
}

impl Vm for Reference {
    fn set_epoch(&mut self, epoch: ChainEpoch) -> Result<()> {
        let root = self.executor()?.flush()?;
        self.begin(root, epoch)
    }

    fn apply(&mut self, message: &Message) -> Result<()> {
        let executor = self.executor()?;
        let applied = executor.execute_message(message.clone(), ApplyKind::Implicit, 0)?;
        let code = applied.msg_receipt.exit_code;
        if !code.is_success() {
            bail!(
                "exit {code}: {:?}",
                applied.failure_info.map(|f| f.to_string())
            );
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.executor()?.flush()?;
        Ok(())
    }

    fn actor(&mut self, id: ActorID) -> Result<Option<String>> {
        let actor = self.executor()?.state_tree().get_actor(id)?;
        Ok(actor.map(|actor| format!("{} {}", actor.state, actor.balance.atto())))
    }
}

/// The prepared blocks, which both sides share code for.
#[derive(Clone)]
pub struct Blocks(Arc<MemoryStore>);

impl Blockstore for Blocks {
    fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        self.0.get(cid)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> Result<()> {
        self.0.put_keyed(cid, block)
    }
}

/// A chain whose every answer is a hash of the question.
pub struct HashedChain;

impl Externs for HashedChain {}

impl Rand for HashedChain {
    fn get_chain_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(digest("chain", epoch))
    }

    fn get_beacon_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(digest("beacon", epoch))
    }
}

impl Consensus for HashedChain {
    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(Option<ConsensusFault>, i64)> {
        Ok((None, 0))
    }
}

impl Chain for HashedChain {
    fn get_tipset_cid(&self, epoch: ChainEpoch) -> Result<Cid> {
        let hash = Code::Blake2b256.wrap(&digest("tipset", epoch))?;
        Ok(Cid::new_v1(DAG_CBOR, hash))
    }
}
