//! Declaring that sectors are faulty, or will be proven again.
//!
//! Both must be done some time before the sectors' deadline opens. Faulty sectors lose their power
//! at once; recovering ones get it back with the next proof.

use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;

use super::calls::{burn, update_power};
use super::deadline_info::DeadlineInfo;
use super::info::MinerInfo;
use super::partition::Scope;
use super::power::PowerPair;
use super::sector_map::DeadlineSectors;
use super::state::{State, check_balance_now};
use super::types::{DeclareFaultsParams, DeclareFaultsRecoveredParams, SectorsDeclaration};
use crate::callers;
use crate::error::ActorError;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// 10: declares sectors faulty. Controllers. The fee for it is taken by cron.
pub(super) fn declare_faults(
    rt: &dyn Runtime,
    params: DeclareFaultsParams,
) -> Result<(), ActorError> {
    let named = DeadlineSectors::gather(rt.policy(), declared(params.faults))?;
    let power_delta = transaction(rt, |state: &mut State| {
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let info = state.load_info(store)?;
        callers::one_of_addresses(rt, info.controllers())?;
        let table = state.load_sectors(store)?;
        let mut deadlines = state.load_deadlines(store)?;
        let mut power_delta = PowerPair::default();
        for (index, sectors) in named.iter() {
            let target = open_for_declarations(state, policy, index, now)?;
            let mut deadline = deadlines.get(store, index)?;
            let fault_expiration = target.last() + policy.fault_age_max;
            let scope = scope(store, &info, &target);
            power_delta += &deadline.record_faults(scope, &table, fault_expiration, sectors)?;
            deadlines.set(store, index, &deadline)?;
        }
        state.save_deadlines(store, &deadlines)?;
        Ok(power_delta)
    })?;
    update_power(rt, power_delta)
}

/// 11: declares that faulty sectors will be proven again. Controllers, and not for debtors.
pub(super) fn declare_faults_recovered(
    rt: &dyn Runtime,
    params: DeclareFaultsRecoveredParams,
) -> Result<(), ActorError> {
    let named = DeadlineSectors::gather(rt.policy(), declared(params.recoveries))?;
    let to_burn = transaction(rt, |state: &mut State| {
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let to_burn = state.repay_all(&rt.balance()?)?;
        let info = state.load_info(store)?;
        callers::one_of_addresses(rt, info.controllers())?;
        if info.consensus_fault_active(now) {
            return Err(ActorError::forbidden(
                "no recoveries after a consensus fault",
            ));
        }
        let table = state.load_sectors(store)?;
        let mut deadlines = state.load_deadlines(store)?;
        for (index, sectors) in named.iter() {
            let target = open_for_declarations(state, policy, index, now)?;
            let mut deadline = deadlines.get(store, index)?;
            deadline.declare_faults_recovered(scope(store, &info, &target), &table, sectors)?;
            deadlines.set(store, index, &deadline)?;
        }
        state.save_deadlines(store, &deadlines)?;
        Ok(to_burn)
    })?;
    burn(rt, to_burn)?;
    check_balance_now(rt).map(|_| ())
}

pub(super) fn declared(
    declarations: Vec<SectorsDeclaration>,
) -> impl Iterator<Item = (u64, u64, BitField)> {
    declarations
        .into_iter()
        .map(|named| (named.deadline, named.partition, named.sectors))
}

/// The next opening of a deadline, if declarations for it are still taken; 16 if not.
fn open_for_declarations(
    state: &State,
    policy: &Policy,
    index: u64,
    now: ChainEpoch,
) -> Result<DeadlineInfo, ActorError> {
    let period_start = state.current_deadline_info(policy, now).period_start;
    let target = DeadlineInfo::new(policy, period_start, index, now).next_not_elapsed(policy);
    if target.fault_cutoff_passed() {
        let words = format!("too late for deadline {index}");
        return Err(ActorError::illegal_argument(words));
    }
    Ok(target)
}

fn scope<'a>(store: Store<'a>, info: &MinerInfo, target: &DeadlineInfo) -> Scope<'a> {
    Scope {
        store,
        sector_size: info.sector_size,
        quant: target.quantization(),
    }
}
