//! Accounts: actors whose owner holds a key.

use fvm_ipld_encoding::strict_bytes;
use fvm_shared::address::{Address, Protocol};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::ActorError;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;
use crate::runtime::Runtime;
use crate::{ActorKind, callers, ids, state};

/// `PubkeyAddress`.
pub const PUBKEY_ADDRESS: u64 = 2;
/// `AuthenticateMessage`, which other kinds of actors may have too (FRC-42).
pub const AUTHENTICATE_MESSAGE: u64 = 2_643_134_072;

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Account,
    state: Shape::of::<State>("State"),
    methods: methods! {
        1 Constructor(AddressParam) -> (), Callers::Named("system") => constructor;
        2 PubkeyAddress() -> AddressParam, Callers::Any => pubkey_address;
        2_643_134_072 AuthenticateMessage(AuthenticateMessageParams) -> bool, Callers::Any
            => authenticate_message;
    },
    fallback: Fallback::AcceptExported,
    restrict_internal: true,
};

/// Its state.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// The key address: f1 or f3.
    pub address: Address,
}

/// An address by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressParam(pub Address);

/// What is signed, and the signature without its type byte.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct AuthenticateMessageParams {
    /// The signature.
    #[serde(with = "strict_bytes")]
    pub signature: Vec<u8>,
    /// What it is over.
    #[serde(with = "strict_bytes")]
    pub message: Vec<u8>,
}

fn constructor(rt: &dyn Runtime, address: AddressParam) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let AddressParam(address) = address;
    if !is_key(&address) {
        return Err(ActorError::illegal_argument(format!(
            "{address} is not a key's address"
        )));
    }
    state::create(rt, &State { address })
}

fn pubkey_address(rt: &dyn Runtime) -> Result<AddressParam, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    Ok(AddressParam(state.address))
}

fn authenticate_message(
    rt: &dyn Runtime,
    params: AuthenticateMessageParams,
) -> Result<bool, ActorError> {
    callers::any(rt)?;
    let State { address } = state::load(rt)?;
    // The account of burnt funds has an f0 address in its state.
    if !is_key(&address) {
        return Err(ActorError::illegal_state(format!(
            "{address} is not a key's address"
        )));
    }
    if !rt.verify_signature(&params.signature, &address, &params.message)? {
        return Err(ActorError::illegal_argument("the signature is not valid"));
    }
    Ok(true)
}

fn is_key(address: &Address) -> bool {
    matches!(address.protocol(), Protocol::Secp256k1 | Protocol::BLS)
}
