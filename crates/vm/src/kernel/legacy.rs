//! Syscalls in the form that they had up to network version 20.

use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ErrorNumber;

use super::Kernel;
use super::rand::Randomness;
use crate::crypto::HashFunction;
use crate::error::{Refusal, SyscallError};
use crate::events::{self, EventSize};

impl Kernel {
    /// Draws from the chain of tickets. Later versions leave the draw to the actor.
    ///
    /// # Cost
    /// `randomness`, and the hash by the length of the entropy.
    ///
    /// # Errors
    /// `IllegalArgument` if the node has no digest for this epoch.
    pub fn draw_chain_randomness(
        &mut self,
        domain: i64,
        epoch: ChainEpoch,
        entropy: &[u8],
    ) -> Result<[u8; 32], SyscallError> {
        let digest = self.randomness(Randomness::Chain, epoch, entropy.len())?;
        Ok(draw(&digest, domain, epoch, entropy))
    }

    /// Draws from the beacon. Later versions leave the draw to the actor.
    ///
    /// # Cost
    /// `randomness`, and the hash by the length of the entropy.
    ///
    /// # Errors
    /// `IllegalArgument` if the node has no digest for this epoch.
    pub fn draw_beacon_randomness(
        &mut self,
        domain: i64,
        epoch: ChainEpoch,
        entropy: &[u8],
    ) -> Result<[u8; 32], SyscallError> {
        let digest = self.randomness(Randomness::Beacon, epoch, entropy.len())?;
        Ok(draw(&digest, domain, epoch, entropy))
    }

    /// Emits an event from this actor, handed in as one block of CBOR (FIP-0049).
    ///
    /// # Cost
    /// To decode it by its length, and to keep it once it is found valid.
    ///
    /// # Errors
    /// `ReadOnly`; `IllegalArgument` or `IllegalCodec` by what is wrong with it.
    pub fn emit_encoded_event(&mut self, encoded: &[u8]) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't emit events")?;
        self.charge_for(self.prices().on_event(&EventSize::encoded(encoded.len())))?;
        let event = events::from_encoded(encoded)?;
        self.charge_for(self.prices().on_event_accepted(encoded.len()))?;
        self.stamp(event);
        Ok(())
    }

    /// Deletes this actor and gives what it holds to another.
    ///
    /// # Cost
    /// `delete_actor` (up to nv17 it gives gas back), the lookup of the address if there are funds, and what the changes of
    /// both actors cost.
    ///
    /// # Errors
    /// `ReadOnly`; `NotFound` if there is no such beneficiary, `Forbidden` if it is the actor.
    pub fn self_destruct_to(&mut self, beneficiary: &Address) -> Result<(), SyscallError> {
        self.check_mutable("a read-only call can't delete its actor")?;
        self.charge_for(self.prices().on_delete_actor())?;
        let refund = self.prices().actor_delete_refund;
        self.seat.message.gas.refund(refund);
        let balance = self.current_balance()?;
        if !balance.is_zero() {
            let beneficiary = self.resolve_address(beneficiary)?;
            let receiver = self.frame.receiver;
            if beneficiary == receiver {
                let words = "an actor can't be its own heir";
                return Err(Refusal::new(ErrorNumber::Forbidden, words).into());
            }
            self.seat.transfer(receiver, beneficiary, &balance)?;
        }
        self.delete_self()
    }
}

/// What a draw gives for a digest: one for each use, by its domain, epoch and entropy.
fn draw(digest: &[u8; 32], domain: i64, epoch: ChainEpoch, entropy: &[u8]) -> [u8; 32] {
    let mut seed = Vec::with_capacity(48 + entropy.len());
    seed.extend_from_slice(&domain.to_be_bytes());
    seed.extend_from_slice(digest);
    seed.extend_from_slice(&epoch.to_be_bytes());
    seed.extend_from_slice(entropy);
    let drawn = HashFunction::Blake2b256.digest(&seed);
    drawn.digest().try_into().expect("BLAKE2b-256 has 32 bytes")
}
