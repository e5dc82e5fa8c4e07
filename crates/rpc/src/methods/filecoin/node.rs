//! What the node is.

use serde::Serialize;

use crate::forms::filecoin::{BigDecimal, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::methods::web;
use crate::node::Caller;

/// What `Version` answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Version {
    version: String,
    #[serde(rename = "APIVersion")]
    api_version: u32,
    block_delay: u64,
}

/// The version of Lotus' interface that the forms here are those of: 2.3.0.
const API_VERSION: u32 = 2 << 16 | 3 << 8;

pub(in crate::methods) fn version(caller: &Caller<'_>) -> Result<Version, Error> {
    Ok(Version {
        version: web::client_version(caller)?,
        api_version: API_VERSION,
        block_delay: caller.chain().terms().epoch_seconds,
    })
}

pub(in crate::methods) fn network_name(caller: &Caller<'_>) -> Result<String, Error> {
    Ok(caller.chain().network_name().to_owned())
}

pub(in crate::methods) fn network_version(
    caller: &Caller<'_>,
    _tipset: Option<TipsetKey>,
) -> Result<u32, Error> {
    Ok(caller.chain().terms().network_version.into())
}

/// What `StateGetNetworkParams` answers. Which epochs upgrades were at is left out: all rules hold
/// from the first epoch on.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct NetworkParams {
    network_name: String,
    block_delay_secs: u64,
    consensus_miner_min_power: BigDecimal,
    pre_commit_challenge_delay: i64,
    #[serde(rename = "Eip155ChainID")]
    eip155_chain_id: u64,
    genesis_timestamp: u64,
}

pub(in crate::methods) fn network_params(caller: &Caller<'_>) -> Result<NetworkParams, Error> {
    let chain = caller.chain();
    let policy = chain.policy();
    Ok(NetworkParams {
        network_name: network_name(caller)?,
        block_delay_secs: chain.terms().epoch_seconds,
        consensus_miner_min_power: BigDecimal(policy.consensus_power_min.into()),
        pre_commit_challenge_delay: policy.pre_commit_challenge_delay,
        eip155_chain_id: chain.chain_id(),
        genesis_timestamp: chain.genesis().timestamp(),
    })
}
