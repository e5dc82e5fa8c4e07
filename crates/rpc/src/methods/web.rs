//! `web3_`, `net_` and `rpc_`: about the node itself.

use std::collections::BTreeMap;

use crate::forms::{Data, Hash, Quantity, hex::Fixed};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::keccak;

/// The name clients see, in the shape others have: name/version/system/language.
pub(in crate::methods) fn client_version(_: &Caller<'_>) -> Result<String, Error> {
    Ok(format!(
        "atoll/v{}/{}-{}/rust",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    ))
}

pub(in crate::methods) fn sha3(_: &Caller<'_>, data: Data) -> Result<Hash, Error> {
    Ok(Fixed(keccak(&data.0)))
}

pub(in crate::methods) fn listening(_: &Caller<'_>) -> Result<bool, Error> {
    Ok(true)
}

pub(in crate::methods) fn peer_count(_: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(Quantity(0)) // One node is the whole network.
}

/// Which prefixes of methods are turned on, each with its version.
pub(in crate::methods) fn modules(
    caller: &Caller<'_>,
) -> Result<BTreeMap<&'static str, &'static str>, Error> {
    let prefixes = caller.node.methods.keys();
    Ok(prefixes
        .filter_map(|name| name.split_once(['_', '.']))
        .map(|(prefix, _)| (prefix, "1.0"))
        .collect())
}
