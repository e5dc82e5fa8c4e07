//! Module `rand`: randomness from the chain. Actors draw from the digests themselves (FIP-0075).

use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ErrorNumber;

use super::Kernel;
use crate::error::{Refusal, SyscallError};

/// Where randomness comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Randomness {
    /// The chain of tickets.
    Chain,
    /// The beacon.
    Beacon,
}

impl Kernel {
    /// Returns the digest of the chain of tickets at an epoch.
    ///
    /// # Cost
    /// `randomness`, by how far back the epoch lies.
    ///
    /// # Errors
    /// `IllegalArgument` if the node has none for this epoch.
    pub fn get_chain_randomness(&mut self, epoch: ChainEpoch) -> Result<[u8; 32], SyscallError> {
        self.randomness(Randomness::Chain, epoch, 0)
    }

    /// Returns the digest of the beacon at an epoch.
    ///
    /// # Cost
    /// `randomness`, by how far back the epoch lies.
    ///
    /// # Errors
    /// `IllegalArgument` if the node has none for this epoch.
    pub fn get_beacon_randomness(&mut self, epoch: ChainEpoch) -> Result<[u8; 32], SyscallError> {
        self.randomness(Randomness::Beacon, epoch, 0)
    }

    pub(super) fn randomness(
        &mut self,
        source: Randomness,
        epoch: ChainEpoch,
        entropy_len: usize,
    ) -> Result<[u8; 32], SyscallError> {
        let illegal = |words: String| Refusal::new(ErrorNumber::IllegalArgument, words);
        let lookback = self
            .context()
            .epoch
            .checked_sub(epoch)
            .ok_or_else(|| illegal(format!("epoch {epoch} is in the future")))?;
        self.charge_for(self.prices().on_get_randomness(lookback, entropy_len))?;
        let digest = match source {
            Randomness::Chain => self.seat.externs.chain_randomness(epoch),
            Randomness::Beacon => self.seat.externs.beacon_randomness(epoch),
        };
        Ok(digest.map_err(|e| illegal(format!("no randomness at epoch {epoch}: {e:#}")))?)
    }
}
