//! Module `crypto`, its other half: proofs of storage and of misbehaviour.
//!
//! Gas is charged here, the judgement is the [`Verifier`](crate::Verifier)'s.

use cid::Cid;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::error::ErrorNumber;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, RegisteredSealProof, ReplicaUpdateInfo, SealVerifyInfo,
    WindowPoStVerifyInfo,
};

use super::Kernel;
use crate::commd;
use crate::error::{Refusal, SyscallError};

impl Kernel {
    /// Computes the CID of a sector's data from its pieces.
    ///
    /// # Cost
    /// `unsealed_sector_cid`.
    ///
    /// # Errors
    /// `IllegalArgument` if the pieces don't fit into the sector.
    pub fn compute_unsealed_sector_cid(
        &mut self,
        proof: RegisteredSealProof,
        pieces: &[PieceInfo],
    ) -> Result<Cid, SyscallError> {
        self.charge_for(self.prices().on_unsealed_sector_cid())?;
        Ok(commd::unsealed_sector_cid(proof, pieces)?)
    }

    /// Judges a window proof of spacetime.
    ///
    /// # Cost
    /// `verify_post`, by the challenged sectors.
    ///
    /// # Errors
    /// `IllegalArgument` if the input makes no sense.
    pub fn verify_post(&mut self, info: &WindowPoStVerifyInfo) -> Result<bool, SyscallError> {
        self.charge_for(self.prices().on_verify_post(info.challenged_sectors.len()))?;
        Ok(self.seat.verifier.verify_post(info).map_err(illegal)?)
    }

    /// Judges two block headers that should not both exist.
    ///
    /// # Cost
    /// `verify_consensus_fault`.
    ///
    /// # Errors
    /// `IllegalArgument` if the input makes no sense.
    pub fn verify_consensus_fault(
        &mut self,
        h1: &[u8],
        h2: &[u8],
        extra: &[u8],
    ) -> Result<Option<ConsensusFault>, SyscallError> {
        self.charge_for(self.prices().on_verify_consensus_fault())?;
        let (fault, _) = self
            .seat
            .verifier
            .verify_consensus_fault(h1, h2, extra)
            .map_err(illegal)?;
        Ok(fault)
    }

    /// Judges seals, each by itself. One that makes no sense is a wrong one.
    ///
    /// # Cost
    /// `verify_seal` for each, unless that was paid when they were queued (up to nv17).
    pub fn batch_verify_seals(
        &mut self,
        infos: &[SealVerifyInfo],
    ) -> Result<Vec<bool>, SyscallError> {
        if !self.seat.rules.seal_batches_prepaid {
            for _ in infos {
                self.charge_for(self.prices().on_verify_seal())?;
            }
        }
        Ok(self
            .seat
            .verifier
            .batch_verify_seals(infos)
            .map_err(illegal)?)
    }

    /// Judges many seals in one proof.
    ///
    /// # Cost
    /// `verify_aggregate_seals`, by their kind and number.
    ///
    /// # Errors
    /// `IllegalArgument` if the input makes no sense.
    pub fn verify_aggregate_seals(
        &mut self,
        aggregate: &AggregateSealVerifyProofAndInfos,
    ) -> Result<bool, SyscallError> {
        let seals = aggregate.infos.len();
        self.charge_for(
            self.prices()
                .on_verify_aggregate_seals(aggregate.seal_proof, seals),
        )?;
        Ok(self
            .seat
            .verifier
            .verify_aggregate_seals(aggregate)
            .map_err(illegal)?)
    }

    /// Judges a replica update.
    ///
    /// # Cost
    /// `verify_replica_update`.
    ///
    /// # Errors
    /// `IllegalArgument` if the input makes no sense.
    pub fn verify_replica_update(
        &mut self,
        update: &ReplicaUpdateInfo,
    ) -> Result<bool, SyscallError> {
        self.charge_for(self.prices().on_verify_replica_update())?;
        Ok(self
            .seat
            .verifier
            .verify_replica_update(update)
            .map_err(illegal)?)
    }
}

pub(super) fn illegal(error: anyhow::Error) -> Refusal {
    Refusal::new(ErrorNumber::IllegalArgument, format!("{error:#}"))
}
