//! What the storage actors' methods cost beyond the common table.
//!
//! No recording with gas has them, so the figures come from the stories that both sides play
//! (`ATOLL_GAS_LINES=1` with `crates/native/tests/storage.rs`): 3 stories of 5,000 epochs beside the
//! official v18 bundle, seeds 201 to 203, mainnet's policy. What was missing to the official gas of
//! a successful message is laid out by least squares as a sum and a price for each byte of the
//! parameters, which grow with the sectors, deals or partitions that they name. Calls within a
//! message are in the price of the method that makes them.

use fvm_shared::MethodNum;

use crate::kinds::ActorKind::{self, *};

/// Of a method: what a success costs more, and what each byte of its parameters does.
#[rustfmt::skip]
const TABLE: &[(ActorKind, MethodNum, u64, u64)] = &[
    (Miner, 5, 19_729_000, 28_800), // SubmitWindowedPoSt
    (Miner, 9, 28_196_000, 3_305_000), // TerminateSectors
    (Miner, 10, 8_614_000, 1_972_000), // DeclareFaults
    (Miner, 11, 12_018_000, 445_000), // DeclareFaultsRecovered
    (Miner, 13, 1_407_000, 0), // CheckSectorProven
    (Miner, 15, 16_621_000, 0), // ReportConsensusFault
    (Miner, 16, 3_360_000, 0), // WithdrawBalance
    (Miner, 19, 46_146_000, 0), // CompactPartitions
    (Miner, 20, 3_419_000, 0), // CompactSectorNumbers
    (Miner, 28, 24_537_000, 17_300), // PreCommitSectorBatch2
    (Miner, 32, 10_542_000, 1_469_000), // ExtendSectorExpiration2
    (Miner, 34, 57_314_000, 60_500), // ProveCommitSectors3
    (Miner, 35, 31_887_000, 20_600), // ProveReplicaUpdates3
    (Miner, 36, 0, 29_400), // ProveCommitSectorsNI
    (Miner, 1_321_604_665, 13_432_000, 0), // GenerateSectorLocation
    (Miner, 2_280_458_852, 3_360_000, 0), // WithdrawBalance
    (Miner, 3_010_055_991, 1_304_000, 0), // GetNominalSectorExpiration
    (Miner, 3_092_458_564, 1_394_000, 0), // ValidateSectorStatus
    (Market, 4, 38_671_000, 73_800), // PublishStorageDeals
    (Market, 46_363_526, 1_951_000, 0), // GetDealLabel
    (Market, 128_053_329, 1_951_000, 0), // GetDealClient
    (Market, 163_777_312, 1_951_000, 0), // GetDealTerm
    (Market, 200_567_895, 1_951_000, 0), // GetDealClientCollateral
    (Market, 935_081_690, 1_951_000, 0), // GetDealProvider
    (Market, 1_157_985_802, 1_951_000, 0), // GetDealDataCommitment
    (Market, 1_900_091_594, 0, 2_219_000), // SettleDealPayments
    (Market, 2_236_929_350, 38_671_000, 73_800), // PublishStorageDeals
    (Market, 2_280_458_852, 4_341_000, 0), // WithdrawBalance
    (Market, 2_567_238_399, 1_951_000, 0), // GetDealActivation
    (Market, 2_611_213_344, 1_951_000, 0), // GetDealSector: as the others
    (Market, 2_627_389_465, 1_951_000, 0), // GetDealVerified
    (Market, 2_986_712_137, 1_951_000, 0), // GetDealProviderCollateral
    (Market, 4_287_162_428, 1_951_000, 0), // GetDealTotalPrice
    (Power, 2, 34_005_000, 0), // CreateMiner
    (Power, 1_173_380_165, 34_005_000, 0), // CreateMiner
    (VerifiedRegistry, 8, 3_135_000, 0), // RemoveExpiredAllocations
    (VerifiedRegistry, 10, 1_150_000, 0), // GetClaims
    (VerifiedRegistry, 11, 2_999_000, 0), // ExtendClaimTerms
    (VerifiedRegistry, 12, 2_183_000, 0), // RemoveExpiredClaims
    (VerifiedRegistry, 1_752_273_514, 2_999_000, 0), // ExtendClaimTerms
    (VerifiedRegistry, 2_199_871_187, 1_150_000, 0), // GetClaims
    (VerifiedRegistry, 2_421_068_268, 3_135_000, 0), // RemoveExpiredAllocations
    (VerifiedRegistry, 2_873_373_899, 2_183_000, 0), // RemoveExpiredClaims
    (DataCap, 1_529_376_545, 2_347_000, 0), // DecreaseAllowance
];

/// What a call with so many bytes of parameters cost more, since it succeeded.
pub(super) fn success(kind: ActorKind, method: MethodNum, params_len: usize) -> u64 {
    let row = TABLE
        .iter()
        .find(|(of, number, _, _)| (*of, *number) == (kind, method));
    row.map_or(0, |(_, _, gas, per_byte)| {
        gas + per_byte.saturating_mul(params_len as u64)
    })
}
