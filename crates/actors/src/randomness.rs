//! Randomness: what it is for goes into the draw, so that no draw serves two ends.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::crypto::hash::SupportedHashes;

use crate::error::ActorError;
use crate::runtime::Runtime;

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
#[allow(missing_docs)]
pub enum Purpose {
    TicketProduction = 1,
    ElectionProofProduction = 2,
    WinningPoStChallengeSeed = 3,
    WindowedPoStChallengeSeed = 4,
    SealRandomness = 5,
    InteractiveSealChallengeSeed = 6,
    WindowPoStDeadlineAssignment = 7,
    MarketDealCronSeed = 8,
    PoStChainCommit = 9,
    EvmPrevRandao = 10,
}

/// Draws from the ticket chain: bound to this fork, though miners may bias it.
///
/// # Errors
/// 16 if the epoch is not one that may be asked for.
pub fn from_tickets(
    rt: &dyn Runtime,
    purpose: Purpose,
    epoch: ChainEpoch,
    entropy: &[u8],
) -> Result<[u8; 32], ActorError> {
    rt.draw(&rt.ticket_digest(epoch)?, purpose, epoch, entropy)
}

/// Draws from the beacon: nobody can bias it.
///
/// # Errors
/// 16 if the epoch is not one that may be asked for.
pub fn from_beacon(
    rt: &dyn Runtime,
    purpose: Purpose,
    epoch: ChainEpoch,
    entropy: &[u8],
) -> Result<[u8; 32], ActorError> {
    rt.draw(&rt.beacon_digest(epoch)?, purpose, epoch, entropy)
}

/// What is hashed for a draw.
#[must_use]
pub fn preimage(digest: &[u8; 32], purpose: Purpose, epoch: ChainEpoch, entropy: &[u8]) -> Vec<u8> {
    let purpose = (purpose as i64).to_be_bytes();
    [&purpose[..], &digest[..], &epoch.to_be_bytes()[..], entropy].concat()
}

/// The draw of the network: blake2b-256 of the [`preimage`].
///
/// # Errors
/// Those of [`blake2b`].
pub fn draw<R: Runtime + ?Sized>(
    rt: &R,
    digest: &[u8; 32],
    purpose: Purpose,
    epoch: ChainEpoch,
    entropy: &[u8],
) -> Result<[u8; 32], ActorError> {
    blake2b(rt, &preimage(digest, purpose, epoch, entropy))
}

/// Hashes with blake2b-256.
///
/// # Errors
/// Only this actor's own end: no gas, node failure.
pub fn blake2b<R: Runtime + ?Sized>(rt: &R, data: &[u8]) -> Result<[u8; 32], ActorError> {
    let hash = rt.hash(SupportedHashes::Blake2b256, data)?;
    hash.try_into()
        .map_err(|_| ActorError::assertion_failed("blake2b-256 gives 32 bytes"))
}
