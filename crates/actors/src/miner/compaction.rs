//! Tidying up: partitions with ended sectors, and the field of used numbers.

use super::deadline_info::is_compactable;
use super::state::{Collisions, State};
use super::types::{CompactPartitionsParams, CompactSectorNumbersParams};
use super::window_post::addressed_partitions_max;
use crate::callers;
use crate::error::ActorError;
use crate::policy::SECTOR_NUMBER_MAX;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// 19: takes partitions apart and puts their live sectors together again. What has ended leaves
/// the table of sectors for good. Controllers.
pub(super) fn compact_partitions(
    rt: &dyn Runtime,
    params: CompactPartitionsParams,
) -> Result<(), ActorError> {
    let index = params.deadline;
    if index >= rt.policy().period_deadlines {
        return Err(ActorError::illegal_argument(format!("no deadline {index}")));
    }
    transaction(rt, |state: &mut State| {
        let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
        let info = state.load_info(store)?;
        callers::one_of_addresses(rt, info.controllers())?;
        let period_start = state.current_deadline_info(policy, now).period_start;
        if !is_compactable(policy, period_start, index, now) {
            return Err(ActorError::forbidden(format!(
                "deadline {index} can't be compacted now"
            )));
        }
        if params.partitions.len() > addressed_partitions_max(policy, &info) {
            return Err(ActorError::illegal_argument("too many partitions at once"));
        }
        let scope = state.scope(policy, store, &info, index);
        let mut deadlines = state.load_deadlines(store)?;
        let mut deadline = deadlines.get(store, index)?;
        let mut table = state.load_sectors(store)?;
        let size = info.window_post_partition_sectors;
        let dead = deadline.compact_partitions(scope, &table, size, &params.partitions)?;
        table.delete(&dead)?;
        state.sectors = table.flush()?;
        deadlines.set(store, index, &deadline)?;
        state.save_deadlines(store, &deadlines)
    })
}

/// 20: marks unused numbers as used, so that the field of them is made of fewer runs. Controllers.
pub(super) fn compact_sector_numbers(
    rt: &dyn Runtime,
    params: CompactSectorNumbersParams,
) -> Result<(), ActorError> {
    let numbers = params.mask_sector_numbers;
    match numbers.last() {
        None => return Err(ActorError::illegal_argument("no numbers")),
        Some(last) if last > SECTOR_NUMBER_MAX => {
            return Err(ActorError::illegal_argument(format!(
                "sector number {last}"
            )));
        }
        Some(_) => (),
    }
    transaction(rt, |state: &mut State| {
        let info = state.load_info(Store::of(rt))?;
        callers::one_of_addresses(rt, info.controllers())?;
        state.allocate_sector_numbers(Store::of(rt), &numbers, Collisions::Allow)
    })
}
