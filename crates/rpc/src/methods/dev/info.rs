//! What the node says of itself.

use serde::Serialize;

use crate::forms::{Big, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::methods::{eth, web};
use crate::node::Caller;

/// What `anvil_nodeInfo` answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct NodeInfo {
    current_block_number: u64,
    current_block_timestamp: u64,
    current_block_hash: Hash,
    hard_fork: &'static str,
    transaction_order: &'static str,
    environment: Environment,
    fork_config: Nothing,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Environment {
    base_fee: Big,
    chain_id: u64,
    gas_limit: Quantity,
    gas_price: Big,
}

/// An object without members.
#[derive(Serialize)]
struct Nothing {}

pub(in crate::methods) fn node_info(caller: &Caller<'_>) -> Result<NodeInfo, Error> {
    let chain = caller.chain();
    let head = chain.head();
    Ok(NodeInfo {
        current_block_number: eth::number(head.epoch()).0,
        current_block_timestamp: head.timestamp(),
        current_block_hash: eth::wire_hash(head.hash),
        // The opcodes that the EVM actor has: Cancun's, with TLOAD, TSTORE and MCOPY.
        hard_fork: "cancun",
        transaction_order: "fifo",
        environment: Environment {
            base_fee: Big::of(&chain.next_base_fee()),
            chain_id: chain.chain_id(),
            gas_limit: Quantity(atoll_chain::base_fee::BLOCK_GAS_LIMIT),
            gas_price: eth::fees::gas_price(caller)?,
        },
        fork_config: Nothing {},
    })
}

/// What `anvil_metadata` and `hardhat_metadata` answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Metadata {
    client_version: String,
    chain_id: u64,
    instance_id: Hash,
    latest_block_number: u64,
    latest_block_hash: Hash,
}

pub(in crate::methods) fn metadata(caller: &Caller<'_>) -> Result<Metadata, Error> {
    let chain = caller.chain();
    let head = chain.head();
    Ok(Metadata {
        client_version: web::client_version(caller)?,
        chain_id: chain.chain_id(),
        // Another chain has another genesis, and this is what tools want to tell apart.
        instance_id: eth::wire_hash(chain.genesis().hash),
        latest_block_number: eth::number(head.epoch()).0,
        latest_block_hash: eth::wire_hash(head.hash),
    })
}

/// The node's log is not for clients to turn off; Hardhat's plugins ask all the same.
pub(in crate::methods) fn set_logging(_: &Caller<'_>, _enabled: bool) -> Result<bool, Error> {
    Ok(true)
}
