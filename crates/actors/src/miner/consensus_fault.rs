//! Blocks that should not exist beside each other.
//!
//! The miner that made them pays, is excluded for a while, and whoever showed it gets a part.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;

use super::calls::{burn, notify_pledge_changed, own_address, this_epoch_reward};
use super::dispute::pay;
use super::monies::{consensus_fault_penalty, consensus_fault_reporter_reward};
use super::state::{State, check_balance_now};
use super::types::ReportConsensusFaultParams;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// 15: reports a consensus fault of this miner. Any built-in actor.
pub(super) fn report_consensus_fault(
    rt: &dyn Runtime,
    params: ReportConsensusFaultParams,
) -> Result<(), ActorError> {
    callers::any(rt)?;
    let fault = rt
        .verify_consensus_fault(&params.header1, &params.header2, &params.header_extra)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "a consensus fault")?;
    if fault.target != own_address(rt) {
        return Err(ActorError::illegal_argument(format!(
            "{} is at fault",
            fault.target
        )));
    }
    let now = rt.network().epoch;
    if fault.epoch >= now {
        return Err(ActorError::illegal_argument("a fault of the future"));
    }
    let epoch_reward =
        TokenAmount::from_atto(this_epoch_reward(rt)?.this_epoch_reward_smoothed.estimate());

    let (repaid, to_reporter) = transaction(rt, |state: &mut State| {
        let store = Store::of(rt);
        let mut info = state.load_info(store)?;
        // Only faults after the last exclusion count: the first report of each, that is.
        if fault.epoch < info.consensus_fault_elapsed {
            return Err(ActorError::forbidden(
                "a fault that is too old, or was reported",
            ));
        }
        state.apply_penalty(&consensus_fault_penalty(&epoch_reward))?;
        let repaid = state.repay_what_it_can(store, now, &rt.balance()?)?;
        let to_reporter =
            consensus_fault_reporter_reward(&epoch_reward).min(repaid.to_burn.clone());
        info.consensus_fault_elapsed = now + rt.policy().consensus_fault_exclusion;
        state.save_info(store, &info)?;
        Ok((repaid, to_reporter))
    })?;
    // A reporter that can't be paid leaves the reward to the miner.
    pay(rt, &Address::new_id(rt.message().caller), &to_reporter)?;
    burn(rt, repaid.to_burn - to_reporter)?;
    notify_pledge_changed(rt, &-repaid.unlocked)?;
    check_balance_now(rt).map(|_| ())
}
