//! The reference's kernel, made to believe every proof. In a file of its own because the delegating
//! macro means its own `Result`.

use fvm::call_manager::{CallManager, DefaultCallManager};
use fvm::kernel::Result;
use fvm::kernel::filecoin::{DefaultFilecoinKernel, FilecoinKernel};
use fvm::kernel::prelude::*;
use fvm::syscalls::Linker;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, RegisteredSealProof, ReplicaUpdateInfo, SealVerifyInfo,
    WindowPoStVerifyInfo,
};

use super::ReferenceMachine;

type RealKernel = DefaultFilecoinKernel<DefaultCallManager<ReferenceMachine>>;

/// The reference's kernel, except that proofs are charged for and believed.
#[derive(Delegate)]
#[delegate(IpldBlockOps)]
#[delegate(ActorOps)]
#[delegate(CryptoOps)]
#[delegate(DebugOps)]
#[delegate(EventOps)]
#[delegate(MessageOps)]
#[delegate(NetworkOps)]
#[delegate(RandomnessOps)]
#[delegate(SelfOps)]
#[delegate(SendOps<K>, generics = "K", where = "K: FilecoinKernel")]
#[delegate(UpgradeOps<K>, generics = "K", where = "K: FilecoinKernel")]
pub struct BelievingKernel(RealKernel);

impl BelievingKernel {
    fn price_list(&self) -> &PriceList {
        self.0.0.call_manager.price_list()
    }
}

impl Kernel for BelievingKernel {
    type CallManager = <RealKernel as Kernel>::CallManager;
    type Limiter = <RealKernel as Kernel>::Limiter;

    fn into_inner(self) -> (Self::CallManager, BlockRegistry) {
        self.0.into_inner()
    }

    fn new(
        manager: Self::CallManager,
        blocks: BlockRegistry,
        caller: ActorID,
        actor_id: ActorID,
        method: MethodNum,
        value_received: TokenAmount,
        read_only: bool,
    ) -> Self {
        let real = RealKernel::new(
            manager,
            blocks,
            caller,
            actor_id,
            method,
            value_received,
            read_only,
        );
        Self(real)
    }

    fn machine(&self) -> &ReferenceMachine {
        self.0.machine()
    }

    fn limiter_mut(&mut self) -> &mut Self::Limiter {
        self.0.limiter_mut()
    }

    fn gas_available(&self) -> Gas {
        self.0.gas_available()
    }

    fn charge_gas(&self, name: &str, compute: Gas) -> Result<GasTimer> {
        self.0.charge_gas(name, compute)
    }
}

impl SyscallHandler<BelievingKernel> for BelievingKernel {
    fn link_syscalls(linker: &mut Linker<BelievingKernel>) -> anyhow::Result<()> {
        RealKernel::link_syscalls(linker)
    }
}

impl FilecoinKernel for BelievingKernel {
    fn compute_unsealed_sector_cid(
        &self,
        proof: RegisteredSealProof,
        pieces: &[PieceInfo],
    ) -> Result<Cid> {
        self.0.compute_unsealed_sector_cid(proof, pieces)
    }

    fn verify_post(&self, info: &WindowPoStVerifyInfo) -> Result<bool> {
        let charge = self.price_list().on_verify_post(info);
        let _ = self.charge_gas(&charge.name, charge.total())?;
        Ok(true)
    }

    fn verify_consensus_fault(
        &self,
        h1: &[u8],
        h2: &[u8],
        extra: &[u8],
    ) -> Result<Option<ConsensusFault>> {
        self.0.verify_consensus_fault(h1, h2, extra)
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> Result<Vec<bool>> {
        for info in infos {
            let charge = self.price_list().on_verify_seal(info);
            let _ = self.charge_gas(&charge.name, charge.total())?;
        }
        Ok(vec![true; infos.len()])
    }

    fn verify_aggregate_seals(&self, aggregate: &AggregateSealVerifyProofAndInfos) -> Result<bool> {
        let charge = self.price_list().on_verify_aggregate_seals(aggregate);
        let _ = self.charge_gas(&charge.name, charge.total())?;
        Ok(true)
    }

    fn verify_replica_update(&self, update: &ReplicaUpdateInfo) -> Result<bool> {
        let charge = self.price_list().on_verify_replica_update(update);
        let _ = self.charge_gas(&charge.name, charge.total())?;
        Ok(true)
    }

    fn total_fil_circ_supply(&self) -> Result<TokenAmount> {
        self.0.total_fil_circ_supply()
    }
}
