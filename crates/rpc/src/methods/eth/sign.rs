//! Signatures by the node's own accounts.

use serde_json::Value;

use crate::forms::{Address, Data};
use crate::jsonrpc::error::Error;
use crate::methods::typed_data;
use crate::node::Caller;

/// Signs text as EIP-191 has it.
pub(in crate::methods) fn sign(
    caller: &Caller<'_>,
    address: Address,
    message: Data,
) -> Result<Data, Error> {
    let key = key(caller, address)?;
    let signature = key.sign_text(&message.0);
    signature
        .map(|bytes| Data(bytes.to_vec()))
        .map_err(|why| Error::refused(why.to_string()))
}

/// The same with the parameters the other way round.
pub(in crate::methods) fn personal_sign(
    caller: &Caller<'_>,
    message: Data,
    address: Address,
    _password: Option<String>,
) -> Result<Data, Error> {
    sign(caller, address, message)
}

/// Signs typed data as EIP-712 has it.
pub(in crate::methods) fn sign_typed_data(
    caller: &Caller<'_>,
    address: Address,
    typed_data: Value,
) -> Result<Data, Error> {
    let key = key(caller, address)?;
    // Wallets' libraries send the object as a string.
    let typed_data = match typed_data {
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|why| Error::param("typed_data", &format!("no JSON in the string: {why}")))?,
        object => object,
    };
    let digest = typed_data::digest(&typed_data).map_err(|why| Error::param("typed_data", &why))?;
    let signature = key.sign_digest(&digest);
    let (r, s, odd) = signature.map_err(|why| Error::refused(why.to_string()))?;
    let mut bytes = [r, s].concat();
    bytes.push(27 + u8::from(odd));
    Ok(Data(bytes))
}

fn key(caller: &Caller<'_>, address: Address) -> Result<atoll_chain::Key, Error> {
    let key = caller.node.wallet.eth_key(address);
    key.ok_or_else(|| {
        Error::refused(format!(
            "unknown account {address}: the node has no key of it"
        ))
    })
}
