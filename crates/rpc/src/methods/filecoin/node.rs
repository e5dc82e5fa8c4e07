//! What the node is.

use serde::Serialize;

use crate::forms::filecoin::TipsetKey;
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
