//! What anyone may ask a miner.

use fvm_shared::address::Address;

use super::calls::estimates;
use super::info::MinerInfo;
use super::monies::{TERMINATION_AGE_CAP, termination_penalty};
use super::state::State;
use super::types::{
    CheckSectorProvenParams, ControlAddressesReturn, GetAvailableBalanceReturn,
    GetMultiaddrsReturn, GetOwnerReturn, GetPeerIdReturn, GetSectorSizeReturn,
    GetVestingFundsReturn, InitialPledgeReturn, IsControllingAddressParams,
    IsControllingAddressReturn, MaxTerminationFeeParams, MaxTerminationFeeReturn,
};
use crate::callers;
use crate::error::ActorError;
use crate::policy::SECTOR_NUMBER_MAX;
use crate::runtime::Runtime;
use crate::state::{self, Store};

fn load(rt: &dyn Runtime) -> Result<(State, MinerInfo), ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let info = state.load_info(Store::of(rt))?;
    Ok((state, info))
}

/// 2: who may speak for the miner.
pub(super) fn control_addresses(rt: &dyn Runtime) -> Result<ControlAddressesReturn, ActorError> {
    let (
        _,
        MinerInfo {
            owner,
            worker,
            control_addresses,
            ..
        },
    ) = load(rt)?;
    Ok(ControlAddressesReturn {
        owner,
        worker,
        control_addresses,
    })
}

/// 13: fails with 17 if a sector isn't in the table.
pub(super) fn check_sector_proven(
    rt: &dyn Runtime,
    params: CheckSectorProvenParams,
) -> Result<(), ActorError> {
    callers::any(rt)?;
    if params.sector_number > SECTOR_NUMBER_MAX {
        return Err(ActorError::illegal_argument("the number is too high"));
    }
    let state: State = state::load(rt)?;
    state
        .load_sectors(Store::of(rt))?
        .must_get(params.sector_number)
        .map(|_| ())
}

/// GetOwner
pub(super) fn get_owner(rt: &dyn Runtime) -> Result<GetOwnerReturn, ActorError> {
    let (_, info) = load(rt)?;
    Ok(GetOwnerReturn {
        owner: info.owner,
        proposed: info.pending_owner_address,
    })
}

/// IsControllingAddress: may this address speak for the miner? Not if it has no id.
pub(super) fn is_controlling_address(
    rt: &dyn Runtime,
    params: IsControllingAddressParams,
) -> Result<IsControllingAddressReturn, ActorError> {
    callers::any(rt)?;
    let Some(id) = rt.resolve(&params.0)? else {
        return Ok(IsControllingAddressReturn(false));
    };
    let state: State = state::load(rt)?;
    let info = state.load_info(Store::of(rt))?;
    let address = Address::new_id(id);
    let is_controlling = info.controllers().any(|controller| *controller == address);
    Ok(IsControllingAddressReturn(is_controlling))
}

/// GetSectorSize
pub(super) fn get_sector_size(rt: &dyn Runtime) -> Result<GetSectorSizeReturn, ActorError> {
    let (_, info) = load(rt)?;
    Ok(GetSectorSizeReturn(info.sector_size))
}

/// GetAvailableBalance: what is neither bound nor owed; negative if more is owed.
pub(super) fn get_available_balance(
    rt: &dyn Runtime,
) -> Result<GetAvailableBalanceReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    state
        .available_balance(&rt.balance()?)
        .map(GetAvailableBalanceReturn)
}

/// GetVestingFunds
pub(super) fn get_vesting_funds(rt: &dyn Runtime) -> Result<GetVestingFundsReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let funds = state.vesting_funds.load(Store::of(rt))?;
    let vesting_funds = funds
        .into_iter()
        .map(|fund| (fund.epoch, fund.amount))
        .collect();
    Ok(GetVestingFundsReturn { vesting_funds })
}

/// GetPeerID
pub(super) fn get_peer_id(rt: &dyn Runtime) -> Result<GetPeerIdReturn, ActorError> {
    let (_, info) = load(rt)?;
    Ok(GetPeerIdReturn {
        peer_id: info.peer_id,
    })
}

/// GetMultiaddrs
pub(super) fn get_multiaddrs(rt: &dyn Runtime) -> Result<GetMultiaddrsReturn, ActorError> {
    let (_, info) = load(rt)?;
    Ok(GetMultiaddrsReturn {
        multi_addrs: info.multi_address,
    })
}

/// MaxTerminationFee: what it costs at most to end a sector early, now (FIP-0098).
pub(super) fn max_termination_fee(
    rt: &dyn Runtime,
    params: MaxTerminationFeeParams,
) -> Result<MaxTerminationFeeReturn, ActorError> {
    callers::any(rt)?;
    let fault_penalty = estimates(rt)?.continued_fault_penalty(&params.power)?;
    let fee = termination_penalty(&params.initial_pledge, TERMINATION_AGE_CAP, &fault_penalty);
    Ok(MaxTerminationFeeReturn(fee))
}

/// InitialPledge: what is pledged for all sectors.
pub(super) fn initial_pledge(rt: &dyn Runtime) -> Result<InitialPledgeReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(InitialPledgeReturn(state.initial_pledge))
}
