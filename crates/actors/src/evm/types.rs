//! What goes over the wire to a contract and back.

use cid::Cid;
use fvm_ipld_encoding::strict_bytes;
use fvm_shared::econ::TokenAmount;
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::address::EthAddress;
use super::storage::Word;

/// Bytes, as a CBOR byte string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(#[serde(with = "strict_bytes")] pub Vec<u8>);

/// What `Constructor` and `Resurrect` take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ConstructorParams {
    /// Who creates the contract.
    pub creator: EthAddress,
    /// The code whose output becomes the contract's.
    pub initcode: Bytes,
}

/// What `GetStorageAt` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct GetStorageAtParams {
    /// The key of a slot; a shorter one is a number.
    pub key: Word,
}

/// What `InvokeContractDelegate` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct DelegateCallParams {
    /// The code to run.
    pub code: Cid,
    /// Its call data.
    #[serde(with = "strict_bytes")]
    pub input: Vec<u8>,
    /// Who called the contract.
    pub caller: EthAddress,
    /// With how much.
    pub value: TokenAmount,
}
