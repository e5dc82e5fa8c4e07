//! What the machine must be told from outside: the chain it runs on, and proofs.

use cid::Cid;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, ReplicaUpdateInfo, SealVerifyInfo, WindowPoStVerifyInfo,
};

/// The chain below this tipset, as actors may ask about it.
pub trait Externs: Send + Sync {
    /// The digest of the ticket chain at an epoch, before any draw.
    fn chain_randomness(&self, epoch: ChainEpoch) -> anyhow::Result<[u8; 32]>;

    /// The digest of the beacon at an epoch, before any draw.
    fn beacon_randomness(&self, epoch: ChainEpoch) -> anyhow::Result<[u8; 32]>;

    /// The key of the tipset at an epoch, or of the last one before it if that round was null.
    fn tipset_cid(&self, epoch: ChainEpoch) -> anyhow::Result<Cid>;
}

/// Checks proofs of storage and of misbehaviour. Real, or declared fake.
///
/// Gas is charged by the kernel before any of these is called. An error means that the input
/// could not be understood; the actor sees `IllegalArgument`.
pub trait Verifier: Send + Sync {
    /// A seal proof (only network versions up to 17 expose it alone).
    fn verify_seal(&self, info: &SealVerifyInfo) -> anyhow::Result<bool>;

    /// Seal proofs, each judged by itself.
    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> anyhow::Result<Vec<bool>>;

    /// Many seals in one proof.
    fn verify_aggregate_seals(
        &self,
        aggregate: &AggregateSealVerifyProofAndInfos,
    ) -> anyhow::Result<bool>;

    /// A replica update.
    fn verify_replica_update(&self, update: &ReplicaUpdateInfo) -> anyhow::Result<bool>;

    /// A window proof of spacetime.
    fn verify_post(&self, info: &WindowPoStVerifyInfo) -> anyhow::Result<bool>;

    /// Two block headers that should not both exist. Also answers how much gas the check took
    /// on top of the flat price.
    fn verify_consensus_fault(
        &self,
        h1: &[u8],
        h2: &[u8],
        extra: &[u8],
    ) -> anyhow::Result<(Option<ConsensusFault>, u64)>;
}
