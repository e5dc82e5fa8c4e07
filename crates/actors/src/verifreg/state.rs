//! What the registry remembers.
//!
//! Invariants, which [`State::check`] verifies:
//! - verifiers are ID addresses, and no allowance is negative;
//! - an allocation is filed under its client, a claim under its provider;
//! - their numbers are below the next one, and no number is both an allocation and a claim;
//! - sizes and terms are within the policy's limits. A claim's longest term has none: it can be
//!   extended for ever, with fresh datacap;
//! - no allocation waits longer from now than the policy lets it, no claim starts in the future;
//! - the registry's own datacap is that of all allocations, to the byte.

use std::collections::BTreeSet;

use cid::Cid;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::bigint::bigint_ser::BigIntDe;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::SectorNumber;
use num_traits::{Signed, Zero};

use crate::adt::{Map, MapKey, MapMap};
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::ids;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::types::{AllocationId, ClaimId, DataCap, RemovalId};

/// Verifiers and what they may still mint, in bytes.
pub type Verifiers<'s> = Map<'s, Address, BigIntDe>;
/// How many removals a verifier has signed for a client.
pub type Removals<'s> = Map<'s, RemovalKey, RemovalId>;
/// Allocations by client.
pub type Allocations<'s> = MapMap<'s, ActorID, AllocationId, Allocation>;
/// Claims by provider.
pub type Claims<'s> = MapMap<'s, ActorID, ClaimId, Claim>;

/// The state of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Who names verifiers.
    pub root_key: Address,
    /// `HAMT[Address]BigInt`.
    pub verifiers: Cid,
    /// `HAMT[verifier Address, client Address]RemovalId`.
    pub removals: Cid,
    /// `HAMT[client]HAMT[AllocationId]Allocation`.
    pub allocations: Cid,
    /// From 1 on.
    pub next_allocation_id: AllocationId,
    /// `HAMT[provider]HAMT[ClaimId]Claim`.
    pub claims: Cid,
}

/// A client's promise to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Allocation {
    /// Whose datacap it is.
    pub client: ActorID,
    /// Who may claim it.
    pub provider: ActorID,
    /// The piece.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
    /// The shortest time that the provider must commit to.
    pub term_min: ChainEpoch,
    /// The longest time that the data counts for.
    pub term_max: ChainEpoch,
    /// The last epoch to claim it.
    pub expiration: ChainEpoch,
}

/// An allocation that was claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Claim {
    /// Who claimed it.
    pub provider: ActorID,
    /// Who allocated it.
    pub client: ActorID,
    /// The piece.
    pub data: Cid,
    /// Its padded size.
    pub size: PaddedPieceSize,
    /// The shortest time that the provider committed to.
    pub term_min: ChainEpoch,
    /// The longest time that the data counts for, from `term_start`.
    pub term_max: ChainEpoch,
    /// When it was claimed.
    pub term_start: ChainEpoch,
    /// The sector that holds the piece.
    pub sector: SectorNumber,
}

/// A verifier and a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovalKey {
    /// Who signed.
    pub verifier: Address,
    /// Whose datacap was removed.
    pub client: Address,
}

/// One address after the other.
impl MapKey for RemovalKey {
    fn to_bytes(&self) -> Vec<u8> {
        [self.verifier.to_bytes(), self.client.to_bytes()].concat()
    }

    /// Only ID addresses are ever stored, and of those the first ends with its varint.
    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        let end = bytes.iter().skip(1).position(|byte| *byte < 0x80);
        let (verifier, client) = end
            .and_then(|end| bytes.split_at_checked(end + 2))
            .ok_or_else(|| ActorError::illegal_state("not a pair of addresses"))?;
        let verifier = Address::from_bytes(verifier).or_illegal_state("a verifier's address")?;
        let client = Address::from_bytes(client).or_illegal_state("a client's address")?;
        Ok(Self { verifier, client })
    }
}

impl State {
    /// A registry that knows its root key and nobody else.
    ///
    /// # Errors
    /// 20 if it can't be stored.
    pub fn new(store: Store<'_>, root_key: Address) -> Result<Self, ActorError> {
        let empty = Verifiers::empty(store, "verifiers").flush()?;
        Ok(Self {
            root_key,
            verifiers: empty,
            removals: empty,
            allocations: empty,
            next_allocation_id: 1,
            claims: empty,
        })
    }

    // --- verifiers -------------------------------------------------------------------------

    /// All verifiers.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn verifiers<'s>(&self, store: Store<'s>) -> Result<Verifiers<'s>, ActorError> {
        Map::load(store, &self.verifiers, "verifiers")
    }

    /// What a verifier may still mint, or `None` of anybody else.
    ///
    /// # Errors
    /// 20 if it can't be read.
    pub fn verifier_allowance(
        &self,
        store: Store<'_>,
        verifier: &Address,
    ) -> Result<Option<DataCap>, ActorError> {
        Ok(self
            .verifiers(store)?
            .get(verifier)?
            .map(|allowance| allowance.0.clone()))
    }

    /// Names a verifier, or changes what it may mint.
    pub(super) fn put_verifier(
        &mut self,
        store: Store<'_>,
        verifier: &Address,
        allowance: &DataCap,
    ) -> Result<(), ActorError> {
        let mut verifiers = self.verifiers(store)?;
        verifiers.set(verifier, BigIntDe(allowance.clone()))?;
        self.verifiers = verifiers.flush()?;
        Ok(())
    }

    /// Forgets a verifier: 16 if it is none.
    pub(super) fn remove_verifier(
        &mut self,
        store: Store<'_>,
        verifier: &Address,
    ) -> Result<(), ActorError> {
        let mut verifiers = self.verifiers(store)?;
        verifiers
            .delete(verifier)?
            .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the verifier")?;
        self.verifiers = verifiers.flush()?;
        Ok(())
    }

    // --- allocations and claims ------------------------------------------------------------

    /// All allocations.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn allocations<'s>(&self, store: Store<'s>) -> Result<Allocations<'s>, ActorError> {
        MapMap::load(store, &self.allocations, "allocations")
    }

    /// All claims.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn claims<'s>(&self, store: Store<'s>) -> Result<Claims<'s>, ActorError> {
        MapMap::load(store, &self.claims, "claims")
    }

    /// Files a client's new allocations and answers their numbers.
    pub(super) fn insert_allocations(
        &mut self,
        store: Store<'_>,
        client: ActorID,
        new: &[Allocation],
    ) -> Result<Vec<AllocationId>, ActorError> {
        let mut numbers = Vec::with_capacity(new.len());
        if new.is_empty() {
            return Ok(numbers);
        }
        let mut allocations = self.allocations(store)?;
        for allocation in new {
            let number = self.next_allocation_id;
            allocations.put(&client, &number, allocation.clone())?;
            numbers.push(number);
            self.next_allocation_id += 1;
        }
        self.allocations = allocations.flush()?;
        Ok(numbers)
    }

    // --- invariants ------------------------------------------------------------------------

    /// Every invariant that does not hold, in words. `tokens` is what the registry holds in
    /// datacap.
    ///
    /// # Errors
    /// 20 if the state can't be read.
    pub fn check(
        &self,
        store: Store<'_>,
        policy: &Policy,
        now: ChainEpoch,
        tokens: &DataCap,
    ) -> Result<Vec<String>, ActorError> {
        let mut broken = Vec::new();
        self.check_verifiers(store, &mut broken)?;
        let mut numbers = BTreeSet::new();
        let allocated = self.check_allocations(store, policy, now, &mut numbers, &mut broken)?;
        if allocated != *tokens {
            broken.push(format!("{allocated} allocated, but {tokens} held"));
        }
        self.check_claims(store, policy, now, &mut numbers, &mut broken)?;
        Ok(broken)
    }

    fn check_verifiers(
        &self,
        store: Store<'_>,
        broken: &mut Vec<String>,
    ) -> Result<(), ActorError> {
        self.verifiers(store)?.for_each(|verifier, allowance| {
            if verifier.protocol() != Protocol::ID {
                broken.push(format!("verifier {verifier} is no ID address"));
            }
            if allowance.0.is_negative() {
                broken.push(format!("verifier {verifier} may mint {}", allowance.0));
            }
            Ok(())
        })
    }

    /// Answers the sum of all sizes.
    fn check_allocations(
        &self,
        store: Store<'_>,
        policy: &Policy,
        now: ChainEpoch,
        numbers: &mut BTreeSet<AllocationId>,
        broken: &mut Vec<String>,
    ) -> Result<DataCap, ActorError> {
        let mut sum = DataCap::zero();
        for_each(
            store,
            &self.allocations,
            |client, number, allocation: &Allocation| {
                let mut require = |holds: bool, words: &str| {
                    if !holds {
                        broken.push(format!("allocation {number}: {words}: {allocation:?}"));
                    }
                };
                require(number < self.next_allocation_id, "number not given out yet");
                require(numbers.insert(number), "number used twice");
                require(allocation.client == client, "filed under another client");
                require(allocation.size.0 >= policy.allocation_size_min, "too small");
                require(
                    allocation.term_min >= policy.allocation_term_min,
                    "too short",
                );
                require(
                    allocation.term_max <= policy.allocation_term_max,
                    "too long",
                );
                require(
                    allocation.term_min <= allocation.term_max,
                    "term ends before it begins",
                );
                let latest = now.saturating_add(policy.allocation_expiration_max);
                require(allocation.expiration <= latest, "expires too late");
                sum += allocation.size.0;
            },
        )?;
        Ok(sum)
    }

    fn check_claims(
        &self,
        store: Store<'_>,
        policy: &Policy,
        now: ChainEpoch,
        numbers: &mut BTreeSet<ClaimId>,
        broken: &mut Vec<String>,
    ) -> Result<(), ActorError> {
        for_each(store, &self.claims, |provider, number, claim: &Claim| {
            let mut require = |holds: bool, words: &str| {
                if !holds {
                    broken.push(format!("claim {number}: {words}: {claim:?}"));
                }
            };
            require(number < self.next_allocation_id, "number not given out yet");
            require(numbers.insert(number), "number used twice");
            require(claim.provider == provider, "filed under another provider");
            require(claim.size.0 >= policy.allocation_size_min, "too small");
            require(claim.term_min >= policy.allocation_term_min, "too short");
            require(
                claim.term_min <= claim.term_max,
                "term ends before it begins",
            );
            require(claim.term_start <= now, "starts in the future");
        })
    }
}

/// Visits everything in a map of maps.
fn for_each<V>(
    store: Store<'_>,
    root: &Cid,
    mut visit: impl FnMut(ActorID, u64, &V),
) -> Result<(), ActorError>
where
    V: serde::Serialize + serde::de::DeserializeOwned + PartialEq,
{
    let owners: Map<'_, ActorID, Cid> = Map::load(store, root, "a map of maps")?;
    owners.for_each(|owner, root| {
        let inner: Map<'_, u64, V> = Map::load(store, root, "an inner map")?;
        inner.for_each(|number, value| {
            visit(owner, number, value);
            Ok(())
        })
    })
}

/// Method 1: a registry with its root key.
pub(super) fn constructor(rt: &dyn Runtime, root_key: Address) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let root_key = rt
        .resolve(&root_key)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the root key")?;
    state::create(rt, &State::new(Store::of(rt), Address::new_id(root_key))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_addresses_is_read_back() {
        for (verifier, client) in [(1, 2), (127, 128), (300, 5), (u64::MAX, 0)] {
            let key = RemovalKey {
                verifier: Address::new_id(verifier),
                client: Address::new_id(client),
            };
            assert_eq!(RemovalKey::from_bytes(&key.to_bytes()).unwrap(), key);
        }
        for bytes in [&[][..], &[0], &[0, 0x80], &[0, 1], &[0, 1, 0]] {
            assert!(RemovalKey::from_bytes(bytes).is_err(), "{bytes:?}");
        }
    }
}
