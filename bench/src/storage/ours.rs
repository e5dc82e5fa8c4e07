//! Atoll with its native actors.

use std::sync::Arc;

use anyhow::{Result, bail};
use atoll_actors::Policy;
use atoll_chain::surroundings::Believer;
use atoll_native::{NativeRunner, codes};
use atoll_vm::{
    ApplyKind, Context, Dispatcher, Executor, Externs, Runner, Setup, SharedBlockstore,
};
use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use multihash_codetable::{Code, MultihashDigest};

use super::Vm;
use super::prepare::{Prepared, circulating, digest};

/// A machine on a prepared chain.
pub struct Native {
    pub executor: Executor,
}

/// What runs native actors under mainnet's policy.
pub fn runner() -> Arc<dyn Runner> {
    runner_of(&Policy::mainnet())
}

/// What runs native actors under a policy.
pub fn runner_of(policy: &Policy) -> Arc<dyn Runner> {
    let natives: Arc<dyn Runner> = Arc::new(NativeRunner::new(policy.clone()));
    Arc::new(
        codes::all().fold(Dispatcher::new(), |dispatcher, (code, _)| {
            dispatcher.with_native(code, natives.clone())
        }),
    )
}

/// The tipset of an epoch.
pub fn context(epoch: ChainEpoch) -> Context {
    let mut context = Context::new(NetworkVersion::V28);
    context.epoch = epoch;
    context.timestamp = epoch.unsigned_abs() * 30;
    context.chain_id = 314;
    context.circulating_supply = circulating();
    context
}

impl Native {
    pub fn open(prepared: &Prepared) -> Result<Self> {
        Self::at(prepared.store.clone(), prepared.root, prepared.epoch)
    }

    pub fn at(blockstore: SharedBlockstore, root: Cid, epoch: ChainEpoch) -> Result<Self> {
        let executor = Executor::new(Setup {
            context: context(epoch),
            blockstore,
            root,
            externs: Arc::new(HashedChain),
            verifier: Arc::new(Believer),
            runner: runner(),
        })?;
        Ok(Self { executor })
    }

    /// Applies an implicit message and returns what it returns.
    pub fn call(&mut self, message: &Message) -> Result<Vec<u8>> {
        let applied = self.executor.apply(message, ApplyKind::Implicit, 0)?;
        let receipt = applied.receipt;
        if !receipt.exit_code.is_success() {
            bail!("exit {}: {:?}", receipt.exit_code, applied.failure);
        }
        Ok(receipt.return_data.to_vec())
    }
}

impl Vm for Native {
    fn set_epoch(&mut self, epoch: ChainEpoch) -> Result<()> {
        Ok(self.executor.set_context(context(epoch))?)
    }

    fn apply(&mut self, message: &Message) -> Result<()> {
        self.call(message).map(drop)
    }

    fn flush(&mut self) -> Result<()> {
        self.executor.flush()?;
        Ok(())
    }

    fn actor(&mut self, id: ActorID) -> Result<Option<String>> {
        let actor = self.executor.state().actor(id)?;
        Ok(actor.map(|actor| format!("{} {}", actor.root, actor.balance.to_token().atto())))
    }
}

/// A chain whose every answer is a hash of the question; it believes every proof.
pub struct HashedChain;

impl Externs for HashedChain {
    fn chain_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(digest("chain", epoch))
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(digest("beacon", epoch))
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Cid> {
        let hash = Code::Blake2b256.wrap(&digest("tipset", epoch))?;
        Ok(Cid::new_v1(DAG_CBOR, hash))
    }
}
