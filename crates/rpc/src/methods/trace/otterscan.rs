//! `ots_` and `erigon_`: what the Otterscan explorer asks.

use std::sync::Arc;

use atoll_chain::{Executed, Tipset};
use serde::Serialize;

use super::frames::{Frame, FrameKind};
use super::{replay, replay_one};
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::methods::eth::blocks::{Block, Header, block, header};
use crate::methods::eth::transactions::{self, Receipt, Transaction, receipt, transaction};
use crate::node::Caller;

/// The version of the interface that this is.
pub(in crate::methods) fn api_level(_: &Caller<'_>) -> Result<u64, Error> {
    Ok(8)
}

pub(in crate::methods) fn has_code(
    caller: &Caller<'_>,
    address: Address,
    block: Option<BlockId>,
) -> Result<bool, Error> {
    let Data(code) = eth::state::code(caller, address, block)?;
    Ok(!code.is_empty())
}

/// A block, what its producer earned, and how many messages it has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Details {
    block: Counted,
    issuance: Issuance,
    total_fees: Big,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    #[serde(flatten)]
    block: Block,
    transaction_count: u64,
}

/// Block rewards are not known by block on Filecoin: they vest.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issuance {
    block_reward: Quantity,
    uncle_reward: Quantity,
    issuance: Quantity,
}

pub(in crate::methods) fn details_by_number(
    caller: &Caller<'_>,
    block: BlockTag,
) -> Result<Option<Details>, Error> {
    let tipset = eth::tipset(caller, BlockId::Tag(block))?;
    Ok(tipset.map(|tipset| details(caller, &tipset)))
}

pub(in crate::methods) fn details_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Details>, Error> {
    let tipset = eth::tipset(caller, BlockId::on_chain(hash))?;
    Ok(tipset.map(|tipset| details(caller, &tipset)))
}

fn details(caller: &Caller<'_>, tipset: &Tipset) -> Details {
    let fees = tipset.messages.iter().map(|message| fee(message));
    Details {
        block: Counted {
            block: block(caller, tipset, false),
            transaction_count: tipset.messages.len() as u64,
        },
        issuance: Issuance {
            block_reward: Quantity(0),
            uncle_reward: Quantity(0),
            issuance: Quantity(0),
        },
        total_fees: fees.fold(Big::default(), |sum, fee| Big(sum.0 + fee.0)),
    }
}

fn fee(message: &Executed) -> Big {
    Big(eth::transactions::paid(message).into())
}

/// A page of a block's messages with their receipts.
#[derive(Serialize)]
pub(in crate::methods) struct Page {
    fullblock: PageBlock,
    receipts: Vec<Receipt>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageBlock {
    #[serde(flatten)]
    header: Header,
    transaction_count: u64,
    transactions: Vec<Transaction>,
    uncles: [Hash; 0],
}

/// The pages of a block, counted from its end.
pub(in crate::methods) fn block_transactions(
    caller: &Caller<'_>,
    block: BlockTag,
    page: Quantity,
    page_size: Quantity,
) -> Result<Option<Page>, Error> {
    let Some(tipset) = eth::tipset(caller, BlockId::Tag(block))? else {
        return Ok(None);
    };
    let count = tipset.messages.len();
    let size = usize::try_from(page_size.0).unwrap_or(usize::MAX);
    let before = usize::try_from(page.0)
        .unwrap_or(usize::MAX)
        .saturating_mul(size);
    let end = count.saturating_sub(before);
    let messages = &tipset.messages[end.saturating_sub(size)..end];
    let chain_id = caller.chain().chain_id();
    Ok(Some(Page {
        fullblock: PageBlock {
            header: header(&tipset),
            transaction_count: count as u64,
            transactions: messages
                .iter()
                .map(|m| transaction(m, &tipset, chain_id))
                .collect(),
            uncles: [],
        },
        receipts: messages
            .iter()
            .map(|m| receipt(m, &tipset, chain_id))
            .collect(),
    }))
}

/// What a failed transaction answered.
pub(in crate::methods) fn transaction_error(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Data, Error> {
    let found = caller.chain().message(&eth::chain_hash(hash));
    let (_, executed) = found.ok_or_else(|| Error::refused("transaction not found"))?;
    if executed.succeeded() {
        return Ok(Data::default());
    }
    let data = executed.receipt.return_data.bytes();
    let bytes = fvm_ipld_encoding::from_slice::<atoll_actors::evm::Bytes>(data);
    Ok(Data(bytes.map_or(data.to_vec(), |bytes| bytes.0)))
}

/// A frame of a flat list with its depth.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Entry {
    #[serde(rename = "type")]
    kind: &'static str,
    depth: u64,
    from: Address,
    to: Option<Address>,
    value: Option<Big>,
    input: Data,
    output: Data,
}

pub(in crate::methods) fn trace_transaction(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Vec<Entry>, Error> {
    let (_, traced) = replay_one(caller, hash)?;
    let mut entries = Vec::new();
    let mut waiting = vec![(&traced.frame, 0)];
    while let Some((frame, depth)) = waiting.pop() {
        waiting.extend(frame.calls.iter().rev().map(|call| (call, depth + 1)));
        let has_value = !matches!(frame.kind, FrameKind::StaticCall | FrameKind::DelegateCall);
        entries.push(Entry {
            kind: match frame.kind {
                FrameKind::Call => "CALL",
                FrameKind::StaticCall => "STATICCALL",
                FrameKind::DelegateCall => "DELEGATECALL",
                FrameKind::Create => "CREATE",
                FrameKind::Create2 => "CREATE2",
            },
            depth,
            from: frame.from,
            to: frame.to,
            value: has_value.then(|| Big::of(&frame.value)),
            input: Data(frame.input.clone()),
            output: Data(frame.output.clone()),
        });
    }
    Ok(entries)
}

/// A transfer below a transaction's own.
#[derive(Serialize)]
pub(in crate::methods) struct Operation {
    #[serde(rename = "type")]
    kind: u8,
    from: Address,
    to: Option<Address>,
    value: Big,
}

/// FIL that moved between contracts, and contracts that were made.
pub(in crate::methods) fn internal_operations(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Vec<Operation>, Error> {
    const TRANSFER: u8 = 0;
    const CREATE: u8 = 2;
    const CREATE2: u8 = 3;
    let (_, traced) = replay_one(caller, hash)?;
    let mut operations = Vec::new();
    let mut waiting: Vec<&Frame> = traced.frame.calls.iter().rev().collect();
    while let Some(frame) = waiting.pop() {
        waiting.extend(frame.calls.iter().rev());
        let kind = match frame.kind {
            FrameKind::Create => CREATE,
            FrameKind::Create2 => CREATE2,
            FrameKind::Call if frame.value.is_positive() && frame.error.is_none() => TRANSFER,
            _ => continue,
        };
        operations.push(Operation {
            kind,
            from: frame.from,
            to: frame.to,
            value: Big::of(&frame.value),
        });
    }
    Ok(operations)
}

/// Who made a contract.
#[derive(Serialize)]
pub(in crate::methods) struct Creator {
    hash: Hash,
    creator: Address,
}

pub(in crate::methods) fn contract_creator(
    caller: &Caller<'_>,
    address: Address,
) -> Result<Option<Creator>, Error> {
    let chain = caller.chain();
    let filecoin = eth::eth_address(address).to_filecoin();
    // States only grow in actors, so that the first tipset that has it can be found by halves.
    let exists = |tipset: &Tipset| -> Result<bool, Error> {
        let mut state = chain.state(tipset)?;
        Ok(!state.code(&filecoin)?.is_empty())
    };
    if !exists(&chain.head())? {
        return Ok(None);
    }
    let (mut without, mut with) = (-1, chain.head().epoch());
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        let tipset = chain.tipset_at_or_before(middle);
        match tipset {
            Some(tipset) if exists(&tipset)? => with = tipset.epoch().min(middle),
            _ => without = middle,
        }
    }
    let Some(tipset) = chain.tipset_at_or_before(with) else {
        return Ok(None);
    };
    for traced in replay(caller, &tipset)? {
        let mut waiting = vec![&traced.frame];
        while let Some(frame) = waiting.pop() {
            let creates = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
            if creates && frame.to == Some(address) {
                return Ok(Some(Creator {
                    hash: eth::wire_hash(traced.executed.message.eth_hash),
                    creator: frame.from,
                }));
            }
            waiting.extend(&frame.calls);
        }
    }
    Ok(None)
}

/// The transaction that a sender sent with a nonce.
pub(in crate::methods) fn by_sender_and_nonce(
    caller: &Caller<'_>,
    address: Address,
    nonce: Quantity,
) -> Result<Option<Hash>, Error> {
    let chain = caller.chain();
    let tipsets = chain.tipsets(0..=chain.head().epoch());
    let is = |executed: &&Arc<Executed>| {
        executed.from.0 == address.0 && executed.message.message().sequence == nonce.0
    };
    let found = tipsets
        .rev()
        .find_map(|tipset| tipset.messages.iter().find(is).cloned());
    Ok(found.map(|executed| eth::wire_hash(executed.message.eth_hash)))
}

/// The same, whole.
pub(in crate::methods) fn transaction_by_sender_and_nonce(
    caller: &Caller<'_>,
    address: Address,
    nonce: Quantity,
) -> Result<Option<Transaction>, Error> {
    match by_sender_and_nonce(caller, address, nonce)? {
        Some(hash) => transactions::by_hash(caller, hash),
        None => Ok(None),
    }
}

/// A page of what an address had to do with, newest first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Search {
    txs: Vec<Transaction>,
    receipts: Vec<StampedReceipt>,
    first_page: bool,
    last_page: bool,
}

#[derive(Serialize)]
struct StampedReceipt {
    #[serde(flatten)]
    receipt: Receipt,
    timestamp: u64,
}

pub(in crate::methods) fn search_before(
    caller: &Caller<'_>,
    address: Address,
    block: Quantity,
    page_size: Quantity,
) -> Result<Search, Error> {
    let head = caller.chain().head().epoch();
    let below = match i64::try_from(block.0) {
        Ok(block) if block > 0 => (block - 1).min(head),
        _ => head, // Zero means the newest.
    };
    let tipsets = caller.chain().tipsets(0..=below);
    let (mut search, whole) = search(caller, address, tipsets.rev(), page_size);
    search.first_page = block.0 == 0;
    search.last_page = whole;
    Ok(search)
}

pub(in crate::methods) fn search_after(
    caller: &Caller<'_>,
    address: Address,
    block: Quantity,
    page_size: Quantity,
) -> Result<Search, Error> {
    let head = caller.chain().head().epoch();
    let above = match i64::try_from(block.0) {
        Ok(block) if block > 0 => block.saturating_add(1),
        _ => 0, // Zero means the oldest.
    };
    let tipsets = caller.chain().tipsets(above..=head);
    let (mut search, whole) = search(caller, address, tipsets, page_size);
    search.txs.reverse();
    search.receipts.reverse();
    search.first_page = whole;
    search.last_page = block.0 == 0;
    Ok(search)
}

/// Whole blocks until the page is full. The flag says whether all were looked at.
fn search(
    caller: &Caller<'_>,
    address: Address,
    tipsets: impl Iterator<Item = Arc<Tipset>>,
    page_size: Quantity,
) -> (Search, bool) {
    let chain_id = caller.chain().chain_id();
    let size = usize::try_from(page_size.0).unwrap_or(usize::MAX);
    let mut search = Search {
        txs: Vec::new(),
        receipts: Vec::new(),
        first_page: false,
        last_page: false,
    };
    for tipset in tipsets {
        if search.txs.len() >= size {
            return (search, false);
        }
        for executed in tipset
            .messages
            .iter()
            .rev()
            .filter(|m| concerns(m, address))
        {
            search.txs.push(transaction(executed, &tipset, chain_id));
            search.receipts.push(StampedReceipt {
                receipt: receipt(executed, &tipset, chain_id),
                timestamp: tipset.timestamp(),
            });
        }
    }
    (search, true)
}

/// Sent by it, sent to it, creates it, or logs by or about it. (Calls between contracts without a
/// log are not searched: it would take a replay of the chain.)
fn concerns(executed: &Executed, address: Address) -> bool {
    let is = |other: Option<atoll_actors::evm::EthAddress>| other.is_some_and(|o| o.0 == address.0);
    let mut topic = [0; 32];
    topic[12..].copy_from_slice(&address.0);
    is(Some(executed.from))
        || is(executed.to)
        || is(executed.created)
        || executed.logs.iter().any(|log| {
            log.address.0 == address.0 || log.topics.iter().any(|found| found.0 == topic)
        })
}
