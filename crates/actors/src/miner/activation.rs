//! Sectors and their data come to life: common to every way of proving them.
//!
//! Data comes first: verified pieces claim their allocations, all pieces together must make up
//! CommD. Then the sector gets its power, pledge and fee and is assigned to a deadline. Its power
//! is claimed only with its first window proof.

use fvm_shared::bigint::BigInt;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{RegisteredSealProof, SectorNumber};
use num_traits::Zero;

use super::calls::{activate_deals, claim_allocations, notify_pledge_changed};
use super::commd::CompactCommD;
use super::events::{Piece, sector_activated};
use super::info::MinerInfo;
use super::monies::{Estimates, PledgeInputs, daily_fee};
use super::power::qa_power_for_weight;
use super::sector::{
    SectorFlags, SectorOnChainInfo, SectorPreCommitInfo, SectorPreCommitOnChainInfo,
};
use super::state::State;
use super::types::{InternalSectorSetupForPresealParams, PieceActivationManifest};
use crate::batch::BatchReturn;
use crate::error::{ActorError, OrExit};
use crate::market::types::{BatchActivateDealsReturn, SectorDeals};
use crate::runtime::Runtime;
use crate::state::{self, Store, transaction};
use crate::verifreg::types::{AllocationClaim, SectorAllocationClaims};
use crate::{callers, ids};

/// A sector whose data is activated.
pub(super) struct SectorPieces<'p> {
    pub(super) number: SectorNumber,
    pub(super) expiration: ChainEpoch,
    pub(super) seal_proof: RegisteredSealProof,
    pub(super) pieces: &'p [PieceActivationManifest],
}

/// How much data a sector has.
#[derive(Clone, Debug, Default)]
pub(super) struct DataSpaces {
    pub(super) unverified: BigInt,
    pub(super) verified: BigInt,
}

/// CommD of pieces, with zeros after them; 16 if they don't make up a sector.
pub(super) fn commd_of_pieces(
    rt: &dyn Runtime,
    proof: RegisteredSealProof,
    pieces: &[PieceActivationManifest],
) -> Result<CompactCommD, ActorError> {
    if pieces.is_empty() {
        return Ok(CompactCommD(None));
    }
    let infos: Vec<PieceInfo> = pieces
        .iter()
        .map(|piece| PieceInfo {
            cid: piece.cid,
            size: piece.size,
        })
        .collect();
    let commd = rt
        .unsealed_sector_cid(proof, &infos)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "CommD of the pieces")?;
    Ok(CompactCommD(Some(commd)))
}

/// Claims the allocations that pieces name. Sectors succeed or fail one by one (all together if
/// `all_or_nothing`); of those that succeed, returns how much data they have.
pub(super) fn activate_pieces(
    rt: &dyn Runtime,
    sectors: &[SectorPieces<'_>],
    all_or_nothing: bool,
) -> Result<(BatchReturn, Vec<DataSpaces>), ActorError> {
    let claims = sectors.iter().map(claims_of_pieces).collect();
    let claimed = claim_allocations(rt, claims, all_or_nothing)?;
    let spaces = claimed
        .sector_claims
        .into_iter()
        .zip(successes(&claimed.sector_results, sectors)?)
        .map(|(verified, sector)| {
            let unverified = sector
                .pieces
                .iter()
                .filter(|piece| piece.verified_allocation_key.is_none());
            DataSpaces {
                unverified: unverified.map(|piece| BigInt::from(piece.size.0)).sum(),
                verified: verified.claimed_space,
            }
        })
        .collect();
    Ok((claimed.sector_results, spaces))
}

fn claims_of_pieces(sector: &SectorPieces<'_>) -> SectorAllocationClaims {
    let claims = sector.pieces.iter().filter_map(|piece| {
        let key = piece.verified_allocation_key.as_ref()?;
        Some(AllocationClaim {
            client: key.client,
            allocation_id: key.id,
            data: piece.cid,
            size: piece.size,
        })
    });
    SectorAllocationClaims {
        sector: sector.number,
        expiry: sector.expiration,
        claims: claims.collect(),
    }
}

/// Those of `items` that a batch says succeeded; 24 if it is about another number of items.
pub(super) fn successes<'i, T>(
    batch: &BatchReturn,
    items: &'i [T],
) -> Result<Vec<&'i T>, ActorError> {
    batch
        .successes(items)
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "a batch of another size")
}

/// Makes sectors of pre-commitments: a deposit becomes a pledge, a deadline gets the sectors.
pub(super) fn activate_new_sectors(
    rt: &dyn Runtime,
    info: &MinerInfo,
    inputs: &PledgeInputs,
    pre_commits: &[&SectorPreCommitOnChainInfo],
    data: &[DataSpaces],
) -> Result<(), ActorError> {
    let total_pledge = transaction(rt, |state: &mut State| {
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let mut numbers = Vec::with_capacity(data.len());
        let mut sectors = Vec::with_capacity(data.len());
        let mut deposits = TokenAmount::zero();
        let mut total_pledge = TokenAmount::zero();
        for (pre_commit, data) in pre_commits.iter().zip(data) {
            let duration = pre_commit.info.expiration - now;
            if duration < policy.sector_lifetime_min {
                return Err(ActorError::illegal_argument(
                    "too little is left of a sector's life",
                ));
            }
            let sector = new_sector(rt, info, inputs, pre_commit, data)?;
            deposits += &pre_commit.pre_commit_deposit;
            total_pledge += &sector.initial_pledge;
            numbers.push(sector.sector_number);
            sectors.push(sector);
        }
        let mut table = state.load_sectors(store)?;
        table.store(sectors.iter().cloned())?;
        state.sectors = table.flush()?;
        state.delete_pre_commits(store, &numbers)?;
        state.assign_to_deadlines(policy, store, now, info, sectors)?;

        state.add_pre_commit_deposit(&-deposits)?;
        let balance = rt.balance()?;
        require_unlocked(state, &balance, &total_pledge)?;
        state.add_initial_pledge(&total_pledge)?;
        state.check_balance(&balance)?;
        Ok(total_pledge)
    })?;
    notify_pledge_changed(rt, &total_pledge)
}

fn new_sector(
    rt: &dyn Runtime,
    info: &MinerInfo,
    inputs: &PledgeInputs,
    pre_commit: &SectorPreCommitOnChainInfo,
    data: &DataSpaces,
) -> Result<SectorOnChainInfo, ActorError> {
    let now = rt.network().epoch;
    let declared = &pre_commit.info;
    let duration = declared.expiration - now;
    let verified_deal_weight = &data.verified * duration;
    let power = qa_power_for_weight(info.sector_size, duration, &verified_deal_weight);
    Ok(SectorOnChainInfo {
        sector_number: declared.sector_number,
        seal_proof: declared.seal_proof,
        sealed_cid: declared.sealed_cid,
        deprecated_deal_ids: Vec::new(),
        activation: now,
        expiration: declared.expiration,
        deal_weight: &data.unverified * duration,
        verified_deal_weight,
        initial_pledge: inputs.initial_pledge(&power)?,
        expected_day_reward: None,
        expected_storage_pledge: None,
        power_base_epoch: now,
        replaced_day_reward: None,
        sector_key_cid: None,
        flags: SectorFlags::SIMPLE_QA_POWER,
        daily_fee: daily_fee(rt.policy(), &inputs.circulating_supply, &power),
    })
}

/// 19 if less is unlocked than is to be pledged.
pub(super) fn require_unlocked(
    state: &State,
    balance: &TokenAmount,
    pledge: &TokenAmount,
) -> Result<(), ActorError> {
    if state.unlocked_balance(balance)? < *pledge {
        return Err(ActorError::insufficient_funds(format!(
            "{pledge} must be pledged"
        )));
    }
    Ok(())
}

/// Pieces as events show them.
pub(super) fn shown_pieces(pieces: &[PieceActivationManifest]) -> Vec<Piece> {
    pieces
        .iter()
        .map(|piece| (piece.cid, piece.size.0))
        .collect()
}

// --- genesis ---------------------------------------------------------------------------------

/// 17: takes pre-committed sectors as proven, with their deals. System actor, at genesis.
pub(super) fn internal_sector_setup_for_preseal(
    rt: &dyn Runtime,
    params: InternalSectorSetupForPresealParams,
) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let store = Store::of(rt);
    let state: State = state::load(rt)?;
    let pre_commits = find_pre_commits(&state, store, &params.sectors)?;
    let info = state.load_info(store)?;

    let deals = pre_commits
        .iter()
        .map(|pre_commit| deals_of(&pre_commit.info))
        .collect();
    let activated = activate_deals(rt, deals)?;
    if activated.activation_results.success_count == 0 {
        return Err(ActorError::illegal_argument("no deals could be activated"));
    }
    let succeeded = successes(&activated.activation_results, &pre_commits)?;
    let (data, pieces) = claim_deals(rt, &succeeded, activated)?;

    let inputs = PledgeInputs {
        estimates: Estimates {
            reward: params.reward_smoothed,
            power: params.quality_adj_power_smoothed,
        },
        baseline_power: params.reward_baseline_power,
        circulating_supply: rt.circulating_supply()?,
        epochs_since_ramp_start: 0,
        ramp_duration_epochs: 0,
    };
    activate_new_sectors(rt, &info, &inputs, &succeeded, &data)?;
    for (pre_commit, pieces) in succeeded.iter().zip(pieces) {
        let declared = &pre_commit.info;
        sector_activated(rt, declared.sector_number, declared.unsealed_cid.0, &pieces)?;
    }
    Ok(())
}

/// Those of the sectors that are pre-committed.
fn find_pre_commits(
    state: &State,
    store: Store<'_>,
    numbers: &[SectorNumber],
) -> Result<Vec<SectorPreCommitOnChainInfo>, ActorError> {
    let pre_commits = state.load_pre_commits(store)?;
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        found.extend(pre_commits.get(number)?.cloned());
    }
    Ok(found)
}

/// The deals of a sector, as the market is asked about them.
pub(super) fn deals_of(sector: &SectorPreCommitInfo) -> SectorDeals {
    SectorDeals {
        sector: sector.sector_number,
        seal_proof: sector.seal_proof,
        expiry: sector.expiration,
        deal_ids: sector.deal_ids.clone(),
    }
}

/// Claims the allocations of verified deals: all of them, or the message fails.
fn claim_deals(
    rt: &dyn Runtime,
    pre_commits: &[&SectorPreCommitOnChainInfo],
    activated: BatchActivateDealsReturn,
) -> Result<(Vec<DataSpaces>, Vec<Vec<Piece>>), ActorError> {
    const NO_ALLOCATION: u64 = 0;
    let sectors = || pre_commits.iter().zip(&activated.activations);
    let claims = sectors()
        .map(|(pre_commit, deals)| SectorAllocationClaims {
            sector: pre_commit.info.sector_number,
            expiry: pre_commit.info.expiration,
            claims: deals
                .activated
                .iter()
                .filter(|deal| deal.allocation_id != NO_ALLOCATION)
                .map(|deal| AllocationClaim {
                    client: deal.client,
                    allocation_id: deal.allocation_id,
                    data: deal.data,
                    size: deal.size,
                })
                .collect(),
        })
        .collect();
    let claimed = claim_allocations(rt, claims, true)?;
    let sectors = activated.activations.iter().zip(claimed.sector_claims);
    Ok(sectors
        .map(|(deals, verified)| {
            let unverified = deals
                .activated
                .iter()
                .filter(|deal| deal.allocation_id == NO_ALLOCATION);
            let spaces = DataSpaces {
                unverified: unverified.map(|deal| BigInt::from(deal.size.0)).sum(),
                verified: verified.claimed_space,
            };
            (
                spaces,
                deals
                    .activated
                    .iter()
                    .map(|deal| (deal.data, deal.size.0))
                    .collect(),
            )
        })
        .unzip())
}
