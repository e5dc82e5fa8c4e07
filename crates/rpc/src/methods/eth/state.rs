//! What accounts and contracts hold.

use serde::Serialize;

use crate::forms::hex::Fixed;
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity, Word};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{eth_address, number, state_of};

pub(in crate::methods) fn chain_id(caller: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(Quantity(caller.chain().chain_id()))
}

/// The chain id in decimal, as `net_version` has always had it.
pub(in crate::methods) fn net_version(caller: &Caller<'_>) -> Result<String, Error> {
    Ok(caller.chain().chain_id().to_string())
}

pub(in crate::methods) fn block_number(caller: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(number(caller.chain().head().epoch()))
}

/// A dev chain has nobody to catch up with.
pub(in crate::methods) fn syncing(_: &Caller<'_>) -> Result<bool, Error> {
    Ok(false)
}

pub(in crate::methods) fn mining(_: &Caller<'_>) -> Result<bool, Error> {
    Ok(false) // Nobody solves puzzles here.
}

pub(in crate::methods) fn hashrate(_: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(Quantity(0))
}

pub(in crate::methods) fn protocol_version(_: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(Quantity(65)) // What Lotus answers.
}

/// Who makes the blocks.
pub(in crate::methods) fn coinbase(caller: &Caller<'_>) -> Result<Address, Error> {
    let chain = caller.chain();
    let miner = chain.terms().miner;
    let address = chain.state(&chain.head())?.eth_address(&miner)?;
    Ok(address.map_or(Fixed::ZERO, super::wire_address))
}

pub(in crate::methods) fn balance(
    caller: &Caller<'_>,
    address: Address,
    block: Option<BlockId>,
) -> Result<Big, Error> {
    let mut state = state_of(caller, block)?;
    let balance = state.balance(&eth_address(address).to_filecoin())?;
    Ok(Big::of(&balance.to_token()))
}

pub(in crate::methods) fn transaction_count(
    caller: &Caller<'_>,
    address: Address,
    block: Option<BlockId>,
) -> Result<Quantity, Error> {
    let sender = eth_address(address).to_filecoin();
    let counted = state_of(caller, block)?.nonce(&sender)?;
    let chain = caller.chain();
    if block == Some(BlockId::Tag(BlockTag::Pending)) && chain.waiting_count() > 0 {
        // Also what waits and does not fit into the next block.
        return Ok(Quantity(chain.next_sequence(&sender)?.max(counted)));
    }
    Ok(Quantity(counted))
}

pub(in crate::methods) fn code(
    caller: &Caller<'_>,
    address: Address,
    block: Option<BlockId>,
) -> Result<Data, Error> {
    let mut state = state_of(caller, block)?;
    Ok(Data(state.shown_code(&eth_address(address).to_filecoin())?))
}

pub(in crate::methods) fn storage_at(
    caller: &Caller<'_>,
    address: Address,
    slot: Word,
    block: Option<BlockId>,
) -> Result<Hash, Error> {
    let mut state = state_of(caller, block)?;
    let value = state.storage(&eth_address(address).to_filecoin(), &slot.0)?;
    Ok(Fixed(value))
}

/// What `eth_getAccountInfo` answers.
#[derive(Serialize)]
pub(in crate::methods) struct AccountInfo {
    code: Data,
    balance: Big,
    nonce: Quantity,
}

pub(in crate::methods) fn account_info(
    caller: &Caller<'_>,
    address: Address,
    block: Option<BlockId>,
) -> Result<AccountInfo, Error> {
    let mut state = state_of(caller, block)?;
    let address = eth_address(address).to_filecoin();
    Ok(AccountInfo {
        code: Data(state.shown_code(&address)?),
        balance: Big::of(&state.balance(&address)?.to_token()),
        nonce: Quantity(state.nonce(&address)?),
    })
}
