//! Logs: those of a receipt, of a range, and those that a filter lets through.

use atoll_chain::log::Bloom;
use atoll_chain::{Executed, Tipset, Tipsets};
use serde::Serialize;

use crate::forms::filter::LogFilter;
use crate::forms::hex::Fixed;
use crate::forms::{Address, BlockId, BlockTag, Data, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{number, tipset, tipset_or_before, wire_address, wire_hash};

/// A log with its place on chain.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Log {
    pub(crate) address: Address,
    pub(crate) topics: Vec<Hash>,
    data: Data,
    block_hash: Hash,
    block_number: Quantity,
    block_timestamp: Quantity,
    transaction_hash: Hash,
    transaction_index: Quantity,
    log_index: Quantity,
    pub(crate) removed: bool,
}

/// The logs of a message.
pub(crate) fn logs_of(executed: &Executed, tipset: &Tipset) -> Vec<Log> {
    let logs = executed.logs.iter().enumerate();
    logs.map(|(place, log)| Log {
        address: wire_address(log.address),
        topics: log.topics.iter().map(|topic| Fixed(topic.0)).collect(),
        data: Data(log.data.clone()),
        block_hash: wire_hash(tipset.hash),
        block_number: number(tipset.epoch()),
        block_timestamp: Quantity(tipset.timestamp()),
        transaction_hash: wire_hash(executed.message.eth_hash),
        transaction_index: Quantity(executed.index as u64),
        log_index: Quantity((executed.logs_before + place) as u64),
        removed: false,
    })
    .collect()
}

/// The logs of a tipset that a filter lets through.
pub(crate) fn matching(filter: &LogFilter, tipset: &Tipset, into: &mut Vec<Log>) {
    if !may_match(filter, &tipset.bloom) {
        return;
    }
    for executed in &tipset.messages {
        let logs = logs_of(executed, tipset);
        into.extend(
            logs.into_iter()
                .filter(|log| filter.passes(&log.address, &log.topics)),
        );
    }
}

/// Could a tipset with this bloom filter have a log that passes?
fn may_match(filter: &LogFilter, bloom: &Bloom) -> bool {
    let any = |bytes: &mut dyn Iterator<Item = &[u8]>| {
        let mut bytes = bytes.peekable();
        bytes.peek().is_none() || bytes.any(|bytes| bloom.may_contain(bytes))
    };
    any(&mut filter.address.iter().map(|address| address.0.as_slice()))
        && filter
            .topics
            .iter()
            .all(|place| any(&mut place.iter().map(|topic| topic.0.as_slice())))
}

pub(in crate::methods) fn get(caller: &Caller<'_>, filter: LogFilter) -> Result<Vec<Log>, Error> {
    let mut logs = Vec::new();
    let tipsets = range(caller, &filter)?;
    for tipset in tipsets.that_may(|bloom| may_match(&filter, bloom)) {
        matching(&filter, &tipset, &mut logs);
    }
    Ok(logs)
}

/// The tipsets that a filter is about, in order.
pub(crate) fn range(caller: &Caller<'_>, filter: &LogFilter) -> Result<Tipsets, Error> {
    if let Some(hash) = filter.block_hash {
        if filter.from_block.is_some() || filter.to_block.is_some() {
            return Err(Error::param("filter", "it has both blockHash and a range"));
        }
        let found = tipset(caller, BlockId::on_chain(hash))?;
        let found = found.ok_or_else(|| Error::unknown_block(format!("unknown block {hash}")))?;
        return Ok(caller.chain().tipsets(found.epoch()..=found.epoch()));
    }
    let chain = caller.chain();
    let head = chain.head().epoch();
    let end_of = |tag: Option<BlockTag>| match tag.unwrap_or(BlockTag::Latest) {
        // A range may reach beyond the head: there are no logs yet.
        BlockTag::Number(number) => Ok(i64::try_from(number).unwrap_or(i64::MAX)),
        BlockTag::Pending | BlockTag::Latest => Ok(head),
        tag => tipset_or_before(caller, BlockId::Tag(tag)).map(|tipset| tipset.epoch()),
    };
    let (from, to) = (end_of(filter.from_block)?, end_of(filter.to_block)?);
    // A range that ends at the head by itself may begin beyond it.
    if from > to && filter.to_block.is_some() {
        return Err(Error::param("filter", "fromBlock is after toBlock"));
    }
    Ok(chain.tipsets(from..=to.min(head)))
}
