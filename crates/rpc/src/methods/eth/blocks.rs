//! Tipsets as Ethereum's blocks.

use std::sync::Arc;

use atoll_chain::Tipset;
use atoll_chain::base_fee::BLOCK_GAS_LIMIT;
use serde::Serialize;

use crate::forms::hex::{Bloom, Fixed};
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::transactions::{Receipt, Transaction, receipt, transaction};
use super::{number, tipset, wire_cid, wire_hash};

/// A block.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Block {
    #[serde(flatten)]
    pub(in crate::methods) header: Header,
    total_difficulty: Quantity,
    size: Quantity,
    transactions: Transactions,
    uncles: [Hash; 0],
}

/// A block without its messages, as `newHeads` shows it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    pub(crate) hash: Hash,
    pub(super) parent_hash: Hash,
    pub(super) sha3_uncles: Hash,
    pub(super) miner: Address,
    pub(super) state_root: Hash,
    pub(super) transactions_root: Hash,
    pub(super) receipts_root: Hash,
    pub(super) logs_bloom: Bloom,
    pub(super) difficulty: Quantity,
    pub(crate) number: Quantity,
    pub(super) gas_limit: Quantity,
    pub(super) gas_used: Quantity,
    pub(super) timestamp: Quantity,
    pub(super) extra_data: Data,
    pub(super) mix_hash: Hash,
    pub(super) nonce: Fixed<8>,
    pub(super) base_fee_per_gas: Big,
}

/// What a block says of its messages.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Transactions {
    Hashes(Vec<Hash>),
    Full(Vec<Transaction>),
}

/// The Keccak hash of an empty list in RLP: what clients know "no uncles" by.
const NO_UNCLES: Hash = Fixed([
    0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
    0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47,
]);
/// The root of an empty trie: what clients know "no transactions" by.
const NO_TRANSACTIONS: Hash = Fixed([
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
]);

/// The header of a tipset. What Filecoin has no counterpart of is zero, as Lotus has it; roots are
/// the digests of the CIDs.
pub(crate) fn header(tipset: &Tipset) -> Header {
    Header {
        hash: wire_hash(tipset.hash),
        parent_hash: wire_hash(tipset.parent_hash()),
        sha3_uncles: NO_UNCLES,
        miner: miner(tipset),
        state_root: wire_cid(&tipset.state_root),
        transactions_root: match tipset.messages.is_empty() {
            true => NO_TRANSACTIONS,
            false => wire_cid(&tipset.header.messages),
        },
        receipts_root: wire_cid(&tipset.receipts_root),
        logs_bloom: Fixed(*tipset.bloom.0),
        difficulty: Quantity(0),
        number: number(tipset.epoch()),
        gas_limit: Quantity(BLOCK_GAS_LIMIT),
        gas_used: Quantity(tipset.gas_used),
        timestamp: Quantity(tipset.timestamp()),
        extra_data: Data::default(),
        mix_hash: Fixed::ZERO,
        nonce: Fixed::ZERO,
        base_fee_per_gas: Big::of(tipset.base_fee()),
    }
}

fn miner(tipset: &Tipset) -> Address {
    match tipset.header.miner.id() {
        Ok(id) => super::wire_address(atoll_actors::evm::EthAddress::from_id(id)),
        Err(_) => Fixed::ZERO,
    }
}

/// The block of a tipset.
pub(in crate::methods) fn block(caller: &Caller<'_>, tipset: &Tipset, full: bool) -> Block {
    let messages = tipset.messages.iter();
    let transactions = if full {
        let chain_id = caller.chain().chain_id();
        Transactions::Full(messages.map(|m| transaction(m, tipset, chain_id)).collect())
    } else {
        Transactions::Hashes(messages.map(|m| wire_hash(m.message.eth_hash)).collect())
    };
    let header_bytes = fvm_ipld_encoding::to_vec(&tipset.header).map_or(0, |bytes| bytes.len());
    let lengths = tipset.messages.iter().map(|m| m.message.chain_length);
    let size = header_bytes + lengths.sum::<usize>();
    Block {
        header: header(tipset),
        total_difficulty: Quantity(0),
        size: Quantity(size as u64),
        transactions,
        uncles: [],
    }
}

pub(in crate::methods) fn by_number(
    caller: &Caller<'_>,
    block_number: BlockTag,
    full: Option<bool>,
) -> Result<Option<Block>, Error> {
    let found = tipset(caller, BlockId::Tag(block_number))?;
    Ok(found.map(|tipset| block(caller, &tipset, full.unwrap_or(false))))
}

pub(in crate::methods) fn header_by_number(
    caller: &Caller<'_>,
    block: BlockTag,
) -> Result<Option<Header>, Error> {
    let found = tipset(caller, BlockId::Tag(block))?;
    Ok(found.map(|tipset| header(&tipset)))
}

pub(in crate::methods) fn header_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Header>, Error> {
    let found = tipset(caller, BlockId::on_chain(hash))?;
    Ok(found.map(|tipset| header(&tipset)))
}

pub(in crate::methods) fn by_hash(
    caller: &Caller<'_>,
    hash: Hash,
    full: Option<bool>,
) -> Result<Option<Block>, Error> {
    let found = tipset(caller, BlockId::on_chain(hash))?;
    Ok(found.map(|tipset| block(caller, &tipset, full.unwrap_or(false))))
}

pub(in crate::methods) fn count_by_number(
    caller: &Caller<'_>,
    block_number: BlockTag,
) -> Result<Option<Quantity>, Error> {
    let found = tipset(caller, BlockId::Tag(block_number))?;
    Ok(found.map(|tipset| Quantity(tipset.messages.len() as u64)))
}

pub(in crate::methods) fn count_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Quantity>, Error> {
    let found = tipset(caller, BlockId::on_chain(hash))?;
    Ok(found.map(|tipset| Quantity(tipset.messages.len() as u64)))
}

/// Tipsets have no uncles.
pub(in crate::methods) fn uncles_by_number(
    caller: &Caller<'_>,
    block_number: BlockTag,
) -> Result<Option<Quantity>, Error> {
    let found = tipset(caller, BlockId::Tag(block_number))?;
    Ok(found.map(|_| Quantity(0)))
}

pub(in crate::methods) fn uncles_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Quantity>, Error> {
    let found = tipset(caller, BlockId::on_chain(hash))?;
    Ok(found.map(|_| Quantity(0)))
}

pub(in crate::methods) fn uncle_by_number(
    _: &Caller<'_>,
    _block_number: BlockTag,
    _index: Quantity,
) -> Result<Option<Block>, Error> {
    Ok(None)
}

pub(in crate::methods) fn uncle_by_hash(
    _: &Caller<'_>,
    _hash: Hash,
    _index: Quantity,
) -> Result<Option<Block>, Error> {
    Ok(None)
}

pub(in crate::methods) fn receipts(
    caller: &Caller<'_>,
    block: BlockId,
) -> Result<Option<Vec<Receipt>>, Error> {
    let found = tipset(caller, block)?;
    Ok(found.map(|tipset| {
        let chain_id = caller.chain().chain_id();
        let messages = tipset.messages.iter();
        messages
            .map(|message| receipt(message, &tipset, chain_id))
            .collect()
    }))
}

/// The header as it is on this chain: DAG-CBOR, whose hash is the block's CID. (Ethereum's RLP of
/// it would be a block of another chain.)
pub(in crate::methods) fn raw_header(caller: &Caller<'_>, block: BlockId) -> Result<Data, Error> {
    let tipset = there(caller, block)?;
    encoded(&tipset.header).map(Data)
}

/// The header and the signed messages, as DAG-CBOR.
pub(in crate::methods) fn raw_block(caller: &Caller<'_>, block: BlockId) -> Result<Data, Error> {
    let tipset = there(caller, block)?;
    let messages: Vec<_> = tipset
        .messages
        .iter()
        .map(|message| &message.message.signed)
        .collect();
    encoded(&(&tipset.header, messages)).map(Data)
}

/// The receipts, each as DAG-CBOR.
pub(in crate::methods) fn raw_receipts(
    caller: &Caller<'_>,
    block: BlockId,
) -> Result<Vec<Data>, Error> {
    let tipset = there(caller, block)?;
    let receipts = tipset.messages.iter();
    receipts
        .map(|message| encoded(&message.receipt).map(Data))
        .collect()
}

fn there(caller: &Caller<'_>, block: BlockId) -> Result<Arc<Tipset>, Error> {
    let found = tipset(caller, block)?;
    found.ok_or_else(|| Error::unknown_block("block not found".to_owned()))
}

fn encoded(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    fvm_ipld_encoding::to_vec(value).map_err(Error::internal)
}
