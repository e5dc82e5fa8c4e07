//! Filters that clients poll.

use atoll_chain::{Notice, Tipset};
use serde::Serialize;

use crate::forms::filter::LogFilter;
use crate::forms::{BlockTag, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::node::Caller;
use crate::node::filters::FilterKind;

use super::logs::{self, Log, matching};
use super::wire_hash;

/// What a poll answers: hashes of blocks or transactions, or logs.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::methods) enum Changes {
    Hashes(Vec<Hash>),
    Logs(Vec<Log>),
}

pub(in crate::methods) fn new_logs(
    caller: &Caller<'_>,
    filter: LogFilter,
) -> Result<Quantity, Error> {
    if filter.block_hash.is_some() {
        return Err(Error::param(
            "filter",
            "a filter of one block never changes: use eth_getLogs",
        ));
    }
    add(caller, FilterKind::Logs(Box::new(filter)))
}

pub(in crate::methods) fn new_blocks(caller: &Caller<'_>) -> Result<Quantity, Error> {
    add(caller, FilterKind::Blocks)
}

pub(in crate::methods) fn new_waiting(caller: &Caller<'_>) -> Result<Quantity, Error> {
    add(caller, FilterKind::Waiting)
}

fn add(caller: &Caller<'_>, kind: FilterKind) -> Result<Quantity, Error> {
    let seen = caller.node.hub.count();
    Ok(Quantity(caller.node.filters.add(kind, seen)))
}

pub(in crate::methods) fn uninstall(caller: &Caller<'_>, id: Quantity) -> Result<bool, Error> {
    Ok(caller.node.filters.remove(id.0))
}

/// All logs of a filter, also those seen before.
pub(in crate::methods) fn all_logs(caller: &Caller<'_>, id: Quantity) -> Result<Vec<Log>, Error> {
    match caller.node.filters.get(id.0).map(|filter| filter.kind) {
        Some(FilterKind::Logs(filter)) => logs::get(caller, *filter),
        Some(_) => Err(Error::refused("the filter is not one of logs")),
        None => Err(not_found()),
    }
}

/// What is new since the last poll. Logs of blocks that were taken back come again, as removed.
pub(in crate::methods) fn changes(caller: &Caller<'_>, id: Quantity) -> Result<Changes, Error> {
    let hub = &caller.node.hub;
    let now = hub.count();
    let filter = caller.node.filters.poll(id.0, now).ok_or_else(not_found)?;
    let Some(mut notices) = hub.since(filter.seen) else {
        return Err(Error::limit(
            "too much has happened since the last poll: set the filter up anew",
        ));
    };
    // What came after we counted is for the next poll.
    notices.truncate(usize::try_from(now - filter.seen).unwrap_or(usize::MAX));
    Ok(match filter.kind {
        FilterKind::Blocks => Changes::Hashes(
            notices
                .iter()
                .filter_map(|notice| match notice {
                    Notice::Applied(tipset) => Some(wire_hash(tipset.hash)),
                    _ => None,
                })
                .collect(),
        ),
        FilterKind::Waiting => Changes::Hashes(
            notices
                .iter()
                .filter_map(|notice| match notice {
                    Notice::Waiting(message) => Some(wire_hash(message.eth_hash)),
                    _ => None,
                })
                .collect(),
        ),
        FilterKind::Logs(filter) => {
            let mut found = Vec::new();
            for notice in &notices {
                logs_of_notice(&filter, notice, &mut found);
            }
            Changes::Logs(found)
        }
    })
}

/// The logs that a notice brings or takes away.
pub(crate) fn logs_of_notice(filter: &LogFilter, notice: &Notice, into: &mut Vec<Log>) {
    match notice {
        Notice::Applied(tipset) if in_range(filter, tipset) => matching(filter, tipset, into),
        Notice::Reverted(tipset) if in_range(filter, tipset) => {
            let mut gone = Vec::new();
            matching(filter, tipset, &mut gone);
            gone.iter_mut().for_each(|log| log.removed = true);
            into.append(&mut gone);
        }
        _ => {}
    }
}

/// Names of blocks move with the head, so that only numbers are bounds of what is yet to come.
fn in_range(filter: &LogFilter, tipset: &Tipset) -> bool {
    let epoch = u64::try_from(tipset.epoch()).unwrap_or_default();
    let after = |tag| matches!(tag, Some(BlockTag::Number(number)) if number > epoch);
    let before = |tag| matches!(tag, Some(BlockTag::Number(number)) if number < epoch);
    !after(filter.from_block) && !before(filter.to_block)
}

fn not_found() -> Error {
    Error::refused("filter not found")
}
