//! What each miner claims to store, and the totals.

use fvm_shared::address::Address;
use fvm_shared::bigint::bigint_ser;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{RegisteredPoStProof, StoragePower};
use num_traits::Signed;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::State;
use crate::adt::Map;
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::state::Store;

/// As long as fewer miners than this have the minimum, all of them count.
const MINERS_OVER_MIN: i64 = 4;

/// What a miner claims to store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Claim {
    /// How it proves that.
    pub window_post_proof_type: RegisteredPoStProof,
    /// Bytes.
    #[serde(with = "bigint_ser")]
    pub raw_byte_power: StoragePower,
    /// The same, weighted by quality.
    #[serde(with = "bigint_ser")]
    pub quality_adj_power: StoragePower,
}

/// From miners to their claims.
pub type Claims<'a> = Map<'a, Address, Claim>;

impl State {
    /// The claims.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn claims<'a>(&self, store: Store<'a>) -> Result<Claims<'a>, ActorError> {
        Map::load(store, &self.claims, "claims")
    }

    /// All power that counts, in bytes and weighted by quality.
    #[must_use]
    pub fn current_total_power(&self) -> (&StoragePower, &StoragePower) {
        if self.miner_above_min_power_count < MINERS_OVER_MIN {
            (&self.total_bytes_committed, &self.total_qa_bytes_committed)
        } else {
            (&self.total_raw_byte_power, &self.total_quality_adj_power)
        }
    }

    /// May a miner with this claim make blocks?
    ///
    /// # Errors
    /// 20 if its proof type is unknown.
    pub fn meets_consensus_minimum(
        &self,
        policy: &Policy,
        claim: &Claim,
    ) -> Result<bool, ActorError> {
        let power = &claim.raw_byte_power;
        if *power >= consensus_power_min(policy, claim.window_post_proof_type)? {
            return Ok(true);
        }
        Ok(self.miner_above_min_power_count < MINERS_OVER_MIN && power.is_positive())
    }

    /// Counts a new miner, whose claim is still zero.
    pub(super) fn add_miner(
        &mut self,
        policy: &Policy,
        claims: &mut Claims<'_>,
        miner: &Address,
        proof: RegisteredPoStProof,
    ) -> Result<(), ActorError> {
        let zero = StoragePower::default();
        let claim = Claim {
            window_post_proof_type: proof,
            raw_byte_power: zero.clone(),
            quality_adj_power: zero.clone(),
        };
        claims.set(miner, claim)?;
        self.miner_count += 1;
        if consensus_power_min(policy, proof)? <= zero {
            self.miner_above_min_power_count += 1;
        }
        Ok(())
    }

    /// Adds to a claim, or takes from it, and keeps the totals: the claim counts as a whole or
    /// not at all, as it passes the minimum.
    ///
    /// The totals may have changed even if this fails.
    pub(super) fn add_to_claim(
        &mut self,
        policy: &Policy,
        claims: &mut Claims<'_>,
        miner: &Address,
        raw: &StoragePower,
        quality_adjusted: &StoragePower,
    ) -> Result<(), ActorError> {
        let old = claims
            .get(miner)?
            .cloned()
            .or_exit(ExitCode::USR_NOT_FOUND, "claim")?;
        self.total_qa_bytes_committed += quality_adjusted;
        self.total_bytes_committed += raw;
        let new = Claim {
            window_post_proof_type: old.window_post_proof_type,
            raw_byte_power: &old.raw_byte_power + raw,
            quality_adj_power: &old.quality_adj_power + quality_adjusted,
        };

        let min = consensus_power_min(policy, old.window_post_proof_type)?;
        match (old.raw_byte_power >= min, new.raw_byte_power >= min) {
            (false, true) => {
                self.miner_above_min_power_count += 1;
                self.total_quality_adj_power += &new.quality_adj_power;
                self.total_raw_byte_power += &new.raw_byte_power;
            }
            (true, false) => {
                self.miner_above_min_power_count -= 1;
                self.total_quality_adj_power -= &old.quality_adj_power;
                self.total_raw_byte_power -= &old.raw_byte_power;
            }
            (true, true) => {
                self.total_quality_adj_power += quality_adjusted;
                self.total_raw_byte_power += raw;
            }
            (false, false) => {}
        }

        if new.raw_byte_power.is_negative() || new.quality_adj_power.is_negative() {
            return Err(ActorError::illegal_state(format!(
                "a negative claim: {new:?}"
            )));
        }
        if self.miner_above_min_power_count < 0 {
            return Err(ActorError::illegal_state(
                "fewer than no miners above the minimum",
            ));
        }
        claims.set(miner, new)?;
        Ok(())
    }

    /// Removes a claim and what it counts for. Without a claim there is nothing to do.
    pub(super) fn delete_claim(
        &mut self,
        policy: &Policy,
        claims: &mut Claims<'_>,
        miner: &Address,
    ) -> Result<(), ActorError> {
        let Some(claim) = claims.get(miner)?.cloned() else {
            return Ok(());
        };
        let (raw, quality_adjusted) = (-claim.raw_byte_power, -claim.quality_adj_power);
        self.add_to_claim(policy, claims, miner, &raw, &quality_adjusted)?;
        claims.delete(miner)?;
        Ok(())
    }
}

/// The power that a miner needs to take part in consensus.
///
/// # Errors
/// 20 for an unknown proof type.
pub fn consensus_power_min(
    policy: &Policy,
    proof: RegisteredPoStProof,
) -> Result<StoragePower, ActorError> {
    match proof {
        RegisteredPoStProof::Invalid(number) => Err(ActorError::illegal_state(format!(
            "there is no proof type {number}"
        ))),
        _ => Ok(policy.consensus_power_min.into()),
    }
}

#[cfg(test)]
mod tests {
    use fvm_ipld_blockstore::MemoryBlockstore;

    use super::*;

    const PROOF: RegisteredPoStProof = RegisteredPoStProof::StackedDRGWindow32GiBV1P1;

    /// Adds each pair (miner, raw power in units of the minimum) and checks the totals after:
    /// (miners above, bytes that count, bytes committed).
    #[track_caller]
    fn check_totals(changes: &[(u64, i64)], expected: (i64, i64, i64)) {
        let blocks = MemoryBlockstore::default();
        let store = Store(&blocks);
        let policy = Policy::mainnet();
        let mut state = State::new(store).unwrap();
        let mut claims = state.claims(store).unwrap();
        for miner in 1..=5 {
            state
                .add_miner(&policy, &mut claims, &Address::new_id(miner), PROOF)
                .unwrap();
        }
        let min = StoragePower::from(policy.consensus_power_min);
        for (miner, units) in changes {
            let raw = &min * *units;
            let quality_adjusted = &raw * 10;
            let miner = Address::new_id(*miner);
            state
                .add_to_claim(&policy, &mut claims, &miner, &raw, &quality_adjusted)
                .unwrap();
        }
        let (raw, quality_adjusted) = state.current_total_power();
        assert_eq!(*quality_adjusted, raw * 10);
        let (raw, committed) = (raw / &min, &state.total_bytes_committed / &min);
        let expected = (expected.0, expected.1.into(), expected.2.into());
        assert_eq!(
            (state.miner_above_min_power_count, raw, committed),
            expected
        );
    }

    #[test]
    fn a_claim_counts_as_a_whole_once_four_miners_have_the_minimum() {
        check_totals(&[(1, 1), (2, 1), (3, 2)], (3, 4, 4));
        check_totals(&[(1, 1), (2, 1), (3, 2), (4, 1)], (4, 5, 5));
        check_totals(
            &[(1, 1), (2, 1), (3, 2), (4, 1), (5, 7), (5, -7)],
            (4, 5, 5),
        );
        check_totals(&[(1, 3), (2, 1), (3, 2), (4, 1), (1, -1)], (4, 6, 6));
        check_totals(&[(1, 3), (2, 1), (3, 2), (4, 1), (1, -3)], (3, 4, 4));
    }

    #[test]
    fn no_claim_is_negative() {
        let blocks = MemoryBlockstore::default();
        let policy = Policy::mainnet();
        let mut state = State::new(Store(&blocks)).unwrap();
        let mut claims = state.claims(Store(&blocks)).unwrap();
        let miner = Address::new_id(1);
        let (one, less) = (StoragePower::from(1), StoragePower::from(-1));
        let unknown = state
            .add_to_claim(&policy, &mut claims, &miner, &one, &one)
            .unwrap_err();
        assert_eq!(unknown.code, ExitCode::USR_NOT_FOUND);
        state
            .add_miner(&policy, &mut claims, &miner, PROOF)
            .unwrap();
        let negative = state
            .add_to_claim(&policy, &mut claims, &miner, &one, &less)
            .unwrap_err();
        assert_eq!(negative.code, ExitCode::USR_ILLEGAL_STATE);
    }

    #[test]
    fn a_deleted_claim_leaves_the_totals() {
        let blocks = MemoryBlockstore::default();
        let policy = Policy::mainnet();
        let mut state = State::new(Store(&blocks)).unwrap();
        let mut claims = state.claims(Store(&blocks)).unwrap();
        let miner = Address::new_id(1);
        state
            .add_miner(&policy, &mut claims, &miner, PROOF)
            .unwrap();
        let power = StoragePower::from(policy.consensus_power_min);
        state
            .add_to_claim(&policy, &mut claims, &miner, &power, &power)
            .unwrap();
        state.delete_claim(&policy, &mut claims, &miner).unwrap();
        state.delete_claim(&policy, &mut claims, &miner).unwrap();
        assert_eq!(claims.get(&miner), Ok(None));
        assert_eq!(state.total_raw_byte_power, StoragePower::default());
        assert_eq!(state.total_bytes_committed, StoragePower::default());
        assert_eq!(state.miner_above_min_power_count, 0);
    }
}
