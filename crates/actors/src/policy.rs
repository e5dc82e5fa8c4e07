//! The numbers that a network may choose: periods, limits, sizes.
//!
//! A [`Policy`] is data, so that one build serves mainnet and a dev chain whose day is short. What
//! is not here is the same on every network: the economics live in `miner/monies.rs`, and the
//! length of a day, which they are counted in, below.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::sector::{RegisteredPoStProof, RegisteredSealProof, SectorNumber};

/// An epoch takes 30 seconds.
pub const EPOCH_SECONDS: i64 = 30;
/// Epochs in an hour.
pub const EPOCHS_IN_HOUR: ChainEpoch = 3_600 / EPOCH_SECONDS;
/// Epochs in a day.
pub const EPOCHS_IN_DAY: ChainEpoch = 86_400 / EPOCH_SECONDS;
/// Epochs in a (Gregorian mean) year.
pub const EPOCHS_IN_YEAR: ChainEpoch = 31_556_925 / EPOCH_SECONDS;
/// How many blocks an epoch is expected to have.
pub const EXPECTED_LEADERS_PER_EPOCH: u64 = 5;
/// The highest sector number. The sectors' AMT can index no further.
pub const SECTOR_NUMBER_MAX: SectorNumber = i64::MAX as u64;

/// What one network chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    // --- proving -------------------------------------------------------------------------
    /// The period in which every active sector is challenged once.
    pub proving_period: ChainEpoch,
    /// How long one deadline is open.
    pub challenge_window: ChainEpoch,
    /// How many deadlines a proving period has. Together they fill it.
    pub period_deadlines: u64,
    /// How long before a deadline opens its challenge is drawn.
    pub challenge_lookback: ChainEpoch,
    /// How long before a deadline opens faults and recoveries must be declared. Longer than
    /// `challenge_lookback`, or a miner could choose its faults knowing the challenge.
    pub fault_declaration_cutoff: ChainEpoch,
    /// How long after a deadline closes its proofs may be disputed.
    pub dispute_window: ChainEpoch,
    /// How long a sector may stay faulty before it is terminated.
    pub fault_age_max: ChainEpoch,
    /// The most partitions that new sectors may fill in a deadline.
    pub deadline_partitions_max: u64,
    /// The most partitions that one PoSt message may prove.
    pub posted_partitions_max: u64,
    /// The most partitions that one message may make us load.
    pub addressed_partitions_max: u64,
    /// The most sectors that one message may name.
    pub addressed_sectors_max: u64,

    // --- sealing -------------------------------------------------------------------------
    /// From pre-commitment to the interactive challenge.
    pub pre_commit_challenge_delay: ChainEpoch,
    /// How old the ticket of a seal may be at pre-commitment.
    pub pre_commit_randomness_lookback_max: ChainEpoch,
    /// From pre-commitment to the last epoch for the proof, after the challenge delay.
    pub prove_commit_max: ChainEpoch,
    /// The same for the seal proofs of version 1, which are no longer made.
    pub prove_commit_v1_max: ChainEpoch,
    /// How much longer an expired pre-commitment stays in state.
    pub pre_commit_clean_up_delay: ChainEpoch,
    /// How few seals an aggregate may hold.
    pub aggregated_sectors_min: u64,
    /// How many seals an aggregate may hold.
    pub aggregated_sectors_max: u64,
    /// How large an aggregate may be.
    pub aggregated_proof_bytes_max: usize,
    /// How few seals a non-interactive aggregate may hold (FIP-0092).
    pub ni_sectors_min: u64,
    /// How many seals a non-interactive aggregate may hold (FIP-0092).
    pub ni_sectors_max: u64,
    /// How old the ticket of a non-interactive seal may be (FIP-0092).
    pub ni_randomness_lookback_max: ChainEpoch,
    /// How large one replica update's proof may be.
    pub replica_update_proof_bytes_max: usize,
    /// The window proofs that miners may be created with.
    pub post_proofs: Vec<RegisteredPoStProof>,
    /// The seals that may be pre-committed.
    pub pre_commit_proofs: Vec<RegisteredSealProof>,
    /// The seals that may be committed without interaction (FIP-0092).
    pub ni_proofs: Vec<RegisteredSealProof>,

    // --- a sector's life -----------------------------------------------------------------
    /// How short a sector's life may be.
    pub sector_lifetime_min: ChainEpoch,
    /// How far ahead of now a sector may be set to expire.
    pub sector_expiration_ahead_max: ChainEpoch,
    /// How long a sector may live in all (FIP-0052).
    pub sector_lifetime_max: ChainEpoch,
    /// The same for the seal proofs of version 1.
    pub sector_lifetime_v1_max: ChainEpoch,
    /// A sector may hold a deal for each so many bytes, and at least 256.
    pub deal_limit_bytes: u64,

    // --- a miner -------------------------------------------------------------------------
    /// How many control addresses a miner may have.
    pub control_addresses_max: usize,
    /// How long a peer id may be.
    pub peer_id_bytes_max: usize,
    /// How long all multiaddresses may be together.
    pub multiaddrs_bytes_max: usize,
    /// From the request to the change of a worker key.
    pub worker_key_change_delay: ChainEpoch,
    /// How long a miner is excluded after a consensus fault.
    pub consensus_fault_exclusion: ChainEpoch,
    /// The daily fee, as a share of the circulating supply per byte of quality-adjusted power:
    /// numerator (FIP-0100).
    pub daily_fee_supply_share_num: u64,
    /// ... and denominator.
    pub daily_fee_supply_share_denom: u128,
    /// The daily fee is at most this part of the expected daily reward (FIP-0100).
    pub daily_fee_reward_cap_denom: u64,

    // --- power ---------------------------------------------------------------------------
    /// From how much raw power a miner takes part in consensus.
    pub consensus_power_min: u64,

    // --- verified data -------------------------------------------------------------------
    /// How small an allocation may be.
    pub allocation_size_min: u64,
    /// How short an allocation's term may be.
    pub allocation_term_min: ChainEpoch,
    /// How long an allocation's term may be.
    pub allocation_term_max: ChainEpoch,
    /// How long an allocation may wait to be claimed.
    pub allocation_expiration_max: ChainEpoch,
    /// In the last so many epochs of a sector its claims may be dropped.
    pub claim_drop_period: ChainEpoch,

    // --- deals ---------------------------------------------------------------------------
    /// How short a deal may be.
    pub deal_duration_min: ChainEpoch,
    /// How long a deal may be.
    pub deal_duration_max: ChainEpoch,
    /// How often cron visits a deal of the old kind.
    pub deal_updates_interval: ChainEpoch,
    /// A provider's collateral as a share of the circulating supply: numerator.
    pub provider_collateral_supply_share_num: u64,
    /// ... and denominator.
    pub provider_collateral_supply_share_denom: u64,
    /// How much longer than its deal a verified allocation's term may be.
    pub allocation_term_buffer: ChainEpoch,
}

impl Policy {
    /// Mainnet's.
    #[must_use]
    pub fn mainnet() -> Self {
        use RegisteredPoStProof as Post;
        use RegisteredSealProof as Seal;

        const FINALITY: ChainEpoch = 900;
        Self {
            proving_period: EPOCHS_IN_DAY,
            challenge_window: 60,
            period_deadlines: 48,
            challenge_lookback: 20,
            fault_declaration_cutoff: 70,
            dispute_window: 2 * FINALITY,
            fault_age_max: 42 * EPOCHS_IN_DAY,
            deadline_partitions_max: 3_000,
            posted_partitions_max: 3,
            addressed_partitions_max: 3_000,
            addressed_sectors_max: 25_000,

            pre_commit_challenge_delay: 150,
            pre_commit_randomness_lookback_max: EPOCHS_IN_DAY + FINALITY,
            prove_commit_max: 30 * EPOCHS_IN_DAY,
            prove_commit_v1_max: EPOCHS_IN_DAY,
            pre_commit_clean_up_delay: 8 * EPOCHS_IN_HOUR,
            aggregated_sectors_min: 4,
            aggregated_sectors_max: 819,
            aggregated_proof_bytes_max: 81_960,
            ni_sectors_min: 1,
            ni_sectors_max: 65,
            ni_randomness_lookback_max: 180 * EPOCHS_IN_DAY,
            replica_update_proof_bytes_max: 4_096,
            post_proofs: vec![
                Post::StackedDRGWindow32GiBV1P1,
                Post::StackedDRGWindow64GiBV1P1,
            ],
            pre_commit_proofs: vec![
                Seal::StackedDRG32GiBV1P1,
                Seal::StackedDRG32GiBV1P1_Feat_SyntheticPoRep,
                Seal::StackedDRG64GiBV1P1,
                Seal::StackedDRG64GiBV1P1_Feat_SyntheticPoRep,
            ],
            ni_proofs: vec![
                Seal::StackedDRG32GiBV1P2_Feat_NiPoRep,
                Seal::StackedDRG64GiBV1P2_Feat_NiPoRep,
            ],

            sector_lifetime_min: 180 * EPOCHS_IN_DAY,
            sector_expiration_ahead_max: 1_278 * EPOCHS_IN_DAY,
            sector_lifetime_max: 5 * EPOCHS_IN_YEAR,
            sector_lifetime_v1_max: 540 * EPOCHS_IN_DAY,
            deal_limit_bytes: 1 << 27,

            control_addresses_max: 10,
            peer_id_bytes_max: 128,
            multiaddrs_bytes_max: 1_024,
            worker_key_change_delay: FINALITY,
            consensus_fault_exclusion: FINALITY,
            daily_fee_supply_share_num: 161_817,
            daily_fee_supply_share_denom: 10u128.pow(30),
            daily_fee_reward_cap_denom: 2,

            consensus_power_min: 10 << 40,

            allocation_size_min: 1 << 20,
            allocation_term_min: 180 * EPOCHS_IN_DAY,
            allocation_term_max: 5 * EPOCHS_IN_YEAR,
            allocation_expiration_max: 60 * EPOCHS_IN_DAY,
            claim_drop_period: 30 * EPOCHS_IN_DAY,

            deal_duration_min: 180 * EPOCHS_IN_DAY,
            deal_duration_max: 1_278 * EPOCHS_IN_DAY,
            deal_updates_interval: 30 * EPOCHS_IN_DAY,
            provider_collateral_supply_share_num: 1,
            provider_collateral_supply_share_denom: 100,
            allocation_term_buffer: 90 * EPOCHS_IN_DAY,
        }
    }

    /// For people who can't wait a day: sectors from 2 KiB, a proving period of 240 epochs, and
    /// everything that mainnet counts in proving periods shortened with it. The number of
    /// deadlines stays, because tools assume it.
    #[must_use]
    pub fn dev() -> Self {
        use RegisteredPoStProof as Post;
        use RegisteredSealProof as Seal;

        const PERIOD: ChainEpoch = 240;
        const FINALITY: ChainEpoch = 30;
        let mut policy = Self {
            proving_period: PERIOD,
            challenge_window: 5,
            challenge_lookback: 2,
            fault_declaration_cutoff: 4,
            dispute_window: 5 * FINALITY,
            fault_age_max: 42 * PERIOD,

            pre_commit_challenge_delay: 10,
            pre_commit_randomness_lookback_max: PERIOD + FINALITY,
            prove_commit_max: 30 * PERIOD,
            prove_commit_v1_max: PERIOD,
            pre_commit_clean_up_delay: PERIOD / 3,

            sector_lifetime_min: 2 * PERIOD,

            worker_key_change_delay: FINALITY,
            consensus_fault_exclusion: FINALITY,

            consensus_power_min: 2 << 10,

            allocation_size_min: 256,
            allocation_term_min: 2 * PERIOD,
            allocation_expiration_max: 60 * PERIOD,
            claim_drop_period: 30 * PERIOD,

            deal_duration_min: 2 * PERIOD,
            deal_updates_interval: 30 * PERIOD,
            allocation_term_buffer: 90 * PERIOD,
            ..Self::mainnet()
        };
        policy.post_proofs.extend([
            Post::StackedDRGWindow2KiBV1P1,
            Post::StackedDRGWindow8MiBV1P1,
            Post::StackedDRGWindow512MiBV1P1,
        ]);
        policy.pre_commit_proofs.extend([
            Seal::StackedDRG2KiBV1P1,
            Seal::StackedDRG2KiBV1P1_Feat_SyntheticPoRep,
            Seal::StackedDRG8MiBV1P1,
            Seal::StackedDRG8MiBV1P1_Feat_SyntheticPoRep,
            Seal::StackedDRG512MiBV1P1,
            Seal::StackedDRG512MiBV1P1_Feat_SyntheticPoRep,
        ]);
        policy.ni_proofs.extend([
            Seal::StackedDRG2KiBV1P2_Feat_NiPoRep,
            Seal::StackedDRG8MiBV1P2_Feat_NiPoRep,
            Seal::StackedDRG512MiBV1P2_Feat_NiPoRep,
        ]);
        policy
    }

    /// What the numbers owe each other. A policy that breaks this must not start a chain.
    ///
    /// # Errors
    /// The first relation that does not hold.
    pub fn check(&self) -> Result<(), String> {
        let require = |holds: bool, words: &str| holds.then_some(()).ok_or(words.to_owned());
        let deadlines = i64::try_from(self.period_deadlines).map_err(|e| e.to_string())?;
        require(
            self.challenge_window > 0,
            "a deadline is open for at least an epoch",
        )?;
        require(
            self.challenge_window.checked_mul(deadlines) == Some(self.proving_period),
            "deadlines fill the proving period",
        )?;
        require(
            self.fault_declaration_cutoff >= self.challenge_lookback,
            "faults are declared before the challenge is known",
        )?;
        require(
            self.dispute_window < self.proving_period - 2 * self.challenge_window,
            "there is time to compact between dispute and challenge",
        )?;
        require(
            self.pre_commit_clean_up_delay > 0,
            "a proof on its last epoch finds its sector",
        )?;
        require(self.sector_lifetime_min > 0, "a sector lives for some time")?;
        require(
            self.daily_fee_supply_share_denom > 0,
            "the daily fee divides",
        )?;
        require(
            self.daily_fee_reward_cap_denom > 0,
            "the cap of the daily fee divides",
        )?;
        require(
            self.provider_collateral_supply_share_denom > 0,
            "the collateral divides",
        )?;
        require(self.deal_limit_bytes > 0, "the limit of deals divides")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_are_consistent() {
        assert_eq!(Policy::mainnet().check(), Ok(()));
        assert_eq!(Policy::dev().check(), Ok(()));
    }

    #[test]
    fn an_inconsistent_policy_is_found() {
        let torn = Policy {
            challenge_window: 61,
            ..Policy::mainnet()
        };
        assert_eq!(
            torn.check(),
            Err("deadlines fill the proving period".to_owned())
        );
    }
}
