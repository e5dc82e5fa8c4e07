//! Power, and what storage costs.

use atoll_actors::market::bounds::{NetworkSize, amount_max, provider_collateral_min};
use atoll_actors::miner::monies::{Estimates, PledgeInputs};
use atoll_actors::miner::power::qa_power_for_weight;
use atoll_actors::{ids, power, reward};
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::{SectorSize, StoragePower};
use serde::Serialize;

use crate::forms::filecoin::{Address, BigDecimal, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{Reader, id_address, unreadable};

/// Lotus adds a tenth to estimates: the state may be another when the message is applied.
const MARGIN_PERCENT: u64 = 110;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct MinerPower {
    miner_power: Claim,
    total_power: Claim,
    has_min_power: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Claim {
    raw_byte_power: BigDecimal,
    quality_adj_power: BigDecimal,
}

fn claim(raw: &StoragePower, quality_adjusted: &StoragePower) -> Claim {
    Claim {
        raw_byte_power: BigDecimal(raw.clone()),
        quality_adj_power: BigDecimal(quality_adjusted.clone()),
    }
}

/// The power of a miner, and that of all that take part in consensus.
pub(in crate::methods) fn miner_power(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<MinerPower, Error> {
    let mut reader = Reader::open(caller, key)?;
    let state: power::state::State = reader.singleton(ids::POWER)?;
    let (id, _) = reader.actor(&miner.0)?;
    let claims = state.claims(reader.store()).map_err(unreadable)?;
    let found = claims.get(&id_address(id)).map_err(unreadable)?;
    let found = found.ok_or_else(|| Error::refused(format!("{} has no claim", miner.0)))?;
    let has_min_power = state.meets_consensus_minimum(reader.policy(), found);
    Ok(MinerPower {
        miner_power: claim(&found.raw_byte_power, &found.quality_adj_power),
        total_power: claim(&state.total_raw_byte_power, &state.total_quality_adj_power),
        has_min_power: has_min_power.map_err(unreadable)?,
    })
}

pub(in crate::methods) fn list_miners(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<Vec<Address>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let state: power::state::State = reader.singleton(ids::POWER)?;
    let mut miners = Vec::new();
    let claims = state.claims(reader.store()).map_err(unreadable)?;
    let gather = claims.for_each(|miner, _| {
        miners.push(Address(miner));
        Ok(())
    });
    gather.map_err(unreadable)?;
    Ok(miners)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Bounds {
    min: BigDecimal,
    max: BigDecimal,
}

/// What a provider may put up for a deal. Verified deals are as others.
pub(in crate::methods) fn collateral_bounds(
    caller: &Caller<'_>,
    size: u64,
    _verified: bool,
    key: Option<TipsetKey>,
) -> Result<Bounds, Error> {
    let mut reader = Reader::open(caller, key)?;
    Ok(Bounds {
        min: (&collateral_min(&mut reader, size)?).into(),
        max: (&amount_max()).into(),
    })
}

/// The least that the market takes, with a margin.
pub(in crate::methods) fn collateral_min(
    reader: &mut Reader<'_>,
    size: u64,
) -> Result<TokenAmount, Error> {
    let power: power::state::State = reader.singleton(ids::POWER)?;
    let reward: reward::state::State = reader.singleton(ids::REWARD)?;
    let network = NetworkSize {
        raw_power: power.total_raw_byte_power,
        baseline_power: reward.this_epoch_baseline_power,
        circulating_supply: reader.circulating_supply().clone(),
    };
    let min = provider_collateral_min(reader.policy(), PaddedPieceSize(size), &network);
    Ok((min * MARGIN_PERCENT).div_floor(100u64))
}

/// What would be pledged for a sector.
pub(in crate::methods) fn initial_pledge(
    caller: &Caller<'_>,
    duration: i64,
    sector_size: u64,
    verified_size: u64,
    key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    if duration <= 0 {
        return Err(Error::param("duration", "it must be positive"));
    }
    let sizes = [
        SectorSize::_2KiB,
        SectorSize::_8MiB,
        SectorSize::_512MiB,
        SectorSize::_32GiB,
        SectorSize::_64GiB,
    ];
    let size = sizes.into_iter().find(|size| *size as u64 == sector_size);
    let size = size.ok_or_else(|| Error::param("sector_size", "no sector is of this size"))?;
    if verified_size > sector_size {
        return Err(Error::param(
            "verified_size",
            "it is more than the sector's",
        ));
    }
    let mut reader = Reader::open(caller, key)?;
    let weight = BigInt::from(verified_size) * duration;
    let power = qa_power_for_weight(size, duration, &weight);
    let pledge = pledge_inputs(&mut reader)?.initial_pledge(&power);
    let pledge = pledge.map_err(unreadable)?;
    Ok((&(pledge * MARGIN_PERCENT).div_floor(100u64)).into())
}

/// What pledges depend on.
fn pledge_inputs(reader: &mut Reader<'_>) -> Result<PledgeInputs, Error> {
    let power: power::state::State = reader.singleton(ids::POWER)?;
    let reward: reward::state::State = reader.singleton(ids::REWARD)?;
    Ok(PledgeInputs {
        estimates: Estimates {
            reward: reward.this_epoch_reward_smoothed,
            power: power.this_epoch_qa_power_smoothed,
        },
        baseline_power: reward.this_epoch_baseline_power,
        circulating_supply: reader.circulating_supply().clone(),
        epochs_since_ramp_start: reader.epoch() - power.ramp_start_epoch,
        ramp_duration_epochs: power.ramp_duration_epochs,
    })
}
