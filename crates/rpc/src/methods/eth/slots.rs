//! All slots of a contract: `debug_storageRangeAt`, which debuggers show variables from.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::forms::hex::Fixed;
use crate::forms::{Address, BlockId, Hash, Quantity, Word};
use crate::jsonrpc::error::Error;
use crate::methods::keccak;
use crate::node::Caller;

use super::{eth_address, tipset};

/// How many slots are shown at a time.
const SLOTS_MAX: usize = 10_000;

/// Slots by the hashes of their keys, as go-ethereum has them in its tree.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Range {
    storage: BTreeMap<Hash, Slot>,
    /// The hash to go on with, if there are more.
    next_key: Option<Hash>,
}

#[derive(Clone, Copy, Serialize)]
struct Slot {
    key: Hash,
    value: Hash,
}

/// The slots that the transaction at a place of a block met.
pub(in crate::methods) fn range_at(
    caller: &Caller<'_>,
    block: BlockId,
    transaction_index: Quantity,
    address: Address,
    start: Word,
    count: Quantity,
) -> Result<Range, Error> {
    let tipset = tipset(caller, block)?;
    let tipset = tipset.ok_or_else(|| Error::unknown_block("block not found".to_owned()))?;
    let index = usize::try_from(transaction_index.0).unwrap_or(usize::MAX);
    let count = usize::try_from(count.0).map_or(SLOTS_MAX, |count| count.min(SLOTS_MAX));
    let mut state = caller.chain().state_before(&tipset, index)?;
    // The first of them and one more, whatever the contract's size.
    let mut storage = BTreeMap::new();
    state.for_each_slot(&eth_address(address).to_filecoin(), |key, value| {
        let hash = Fixed(keccak(key));
        if hash.0 < start.0 {
            return;
        }
        let (key, value) = (Fixed(*key), Fixed(*value));
        storage.insert(hash, Slot { key, value });
        if storage.len() > count + 1 {
            storage.pop_last();
        }
    })?;
    let next_key = match storage.len() > count {
        true => storage.pop_last().map(|(hash, _)| hash),
        false => None,
    };
    Ok(Range { storage, next_key })
}
