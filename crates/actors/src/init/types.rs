//! What the init actor takes and gives.

use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

/// Constructor's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ConstructorParams {
    /// The name of the network.
    pub network_name: String,
}

/// Exec's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ExecParams {
    /// The code of the new actor.
    pub code_cid: Cid,
    /// What its constructor gets, as CBOR; nothing if empty.
    pub constructor_params: RawBytes,
}

/// Exec4's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct Exec4Params {
    /// The code of the new actor.
    pub code_cid: Cid,
    /// What its constructor gets, as CBOR; nothing if empty.
    pub constructor_params: RawBytes,
    /// Its address within the caller's namespace.
    pub subaddress: RawBytes,
}

/// What Exec and Exec4 return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ExecReturn {
    /// The new actor's id, as an address.
    pub id_address: Address,
    /// An address that stays the same if the chain reorganises.
    pub robust_address: Address,
}
