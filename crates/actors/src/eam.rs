//! The Ethereum address manager: gives new contracts their addresses.

use cid::Cid;
use fvm_ipld_encoding::{RawBytes, strict_bytes};
use fvm_shared::address::Address;
use fvm_shared::crypto::hash::SupportedHashes;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sys::SendFlags;
use fvm_shared::{ActorID, MethodNum};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::{ActorError, OrExit};
use crate::evm::{self, Bytes, ConstructorParams, EthAddress};
use crate::kinds::ActorKind;
use crate::method::{Actor, Callers, Fallback, Method, Shape};
use crate::runtime::{Runtime, Send};
use crate::{callers, ids, methods, send};

/// `Create`.
pub const CREATE: MethodNum = 2;
/// `Create2`.
pub const CREATE2: MethodNum = 3;
/// `CreateExternal`.
pub const CREATE_EXTERNAL: MethodNum = 4;

/// `Exec4` of init.
const EXEC4: MethodNum = 3;
/// `PubkeyAddress` of an account.
const PUBKEY_ADDRESS: MethodNum = 2;

/// The address manager.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Eam,
    state: Shape::NONE,
    methods: METHODS,
    fallback: Fallback::Refuse,
    restrict_internal: false,
};

const METHODS: &[Method] = methods! {
    1 Constructor() -> (), Callers::Named("system") => constructor;
    2 Create(CreateParams) -> CreateReturn, Callers::Kinds(&[ActorKind::Evm]) => create;
    3 Create2(Create2Params) -> CreateReturn, Callers::Kinds(&[ActorKind::Evm]) => create2;
    4 CreateExternal(Bytes) -> CreateReturn, Callers::Named("the signer") => create_external;
};

/// What `Create` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct CreateParams {
    /// The initcode.
    #[serde(with = "strict_bytes")]
    pub initcode: Vec<u8>,
    /// The creator's nonce.
    pub nonce: u64,
}

/// What `Create2` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Create2Params {
    /// The initcode.
    #[serde(with = "strict_bytes")]
    pub initcode: Vec<u8>,
    /// What makes the address another one.
    #[serde(with = "strict_bytes")]
    pub salt: [u8; 32],
}

/// What all three return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct CreateReturn {
    /// The id of the contract.
    pub actor_id: ActorID,
    /// Its f2 address; `None` if it was dead before.
    pub robust_address: Option<Address>,
    /// Its address.
    pub eth_address: EthAddress,
}

#[derive(Serialize_tuple)]
struct Exec4Params {
    code: Cid,
    constructor_params: RawBytes,
    subaddress: RawBytes,
}

#[derive(Deserialize_tuple)]
struct Exec4Return {
    id_address: Address,
    robust_address: Address,
}

fn constructor(rt: &dyn Runtime) -> Result<(), ActorError> {
    let id = rt.message().receiver;
    if id != ids::EAM {
        return Err(ActorError::forbidden(format!(
            "the address manager is f010, not f0{id}"
        )));
    }
    callers::one_of(rt, &[ids::SYSTEM])
}

fn create(rt: &dyn Runtime, params: CreateParams) -> Result<CreateReturn, ActorError> {
    callers::kinds(rt, &[ActorKind::Evm])?;
    let caller = eth_address(rt, rt.message().caller)?;
    let address = address_by_nonce(rt, caller, params.nonce)?;
    deploy(rt, caller, address, params.initcode)
}

fn create2(rt: &dyn Runtime, params: Create2Params) -> Result<CreateReturn, ActorError> {
    callers::kinds(rt, &[ActorKind::Evm])?;
    let caller = eth_address(rt, rt.message().caller)?;
    let address = address_by_salt(rt, caller, &params.salt, &params.initcode)?;
    deploy(rt, caller, address, params.initcode)
}

/// For messages from outside: only who signed the message may call.
fn create_external(rt: &dyn Runtime, Bytes(initcode): Bytes) -> Result<CreateReturn, ActorError> {
    callers::one_of(rt, &[rt.message().origin])?;
    let Creator { shown, counted } = external_creator(rt)?;
    let address = address_by_nonce(rt, counted, rt.message().nonce)?;
    deploy(rt, shown, address, initcode)
}

/// The two addresses of who creates a contract from outside.
struct Creator {
    /// What the constructor sees as its caller.
    shown: EthAddress,
    /// What the new address is derived from: it must survive a reorganisation, which ids don't.
    counted: EthAddress,
}

fn external_creator(rt: &dyn Runtime) -> Result<Creator, ActorError> {
    let id = rt.message().caller;
    let code = rt
        .code_of(id)?
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "code of the caller")?;
    match rt.kind_of_code(&code)? {
        Some(ActorKind::Account) => {
            let sent = rt.send(Send {
                to: Address::new_id(id),
                method: PUBKEY_ADDRESS,
                params: None,
                value: TokenAmount::default(),
                gas_limit: None,
                flags: SendFlags::READ_ONLY,
            })?;
            let reply = sent.or_exit(ExitCode::USR_ASSERTION_FAILED, "the account's key")?;
            let key = send::require(Ok(reply)).map_err(|error| ActorError {
                data: None,
                ..error
            })?;
            let key: Address = send::decode(key)?;
            let counted = last_20_of_keccak(rt, &key.to_bytes())?;
            Ok(Creator {
                shown: EthAddress::from_id(id),
                counted,
            })
        }
        Some(ActorKind::EthAccount) => {
            let address = eth_address(rt, id)?;
            Ok(Creator {
                shown: address,
                counted: address,
            })
        }
        _ => Err(ActorError::forbidden(format!("f0{id} is no account"))),
    }
}

/// The f410 address of an actor that must have one.
fn eth_address(rt: &dyn Runtime, id: ActorID) -> Result<EthAddress, ActorError> {
    rt.delegated_address(id)?
        .and_then(|address| EthAddress::from_delegated(&address))
        .ok_or_else(|| ActorError::forbidden(format!("f0{id} has no Ethereum address")))
}

/// Creates a contract, or brings back a dead one.
fn deploy(
    rt: &dyn Runtime,
    creator: EthAddress,
    address: EthAddress,
    initcode: Vec<u8>,
) -> Result<CreateReturn, ActorError> {
    if !address.assignable() {
        return Err(ActorError::forbidden(format!("{address} is reserved")));
    }
    let params = ConstructorParams {
        creator,
        initcode: Bytes(initcode),
    };
    let value = rt.message().value_received.clone();
    if let Some(id) = rt.resolve(&address.to_f410())? {
        let code = rt
            .code_of(id)?
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "code of the actor")?;
        match rt.kind_of_code(&code)? {
            Some(ActorKind::Evm) => {
                let to = Address::new_id(id);
                send::call(
                    rt,
                    &to,
                    evm::method::RESURRECT,
                    send::params(&params)?,
                    value,
                )?;
                return Ok(CreateReturn {
                    actor_id: id,
                    robust_address: None,
                    eth_address: address,
                });
            }
            Some(ActorKind::Placeholder) => {}
            _ => return Err(ActorError::forbidden(format!("{address} is taken"))),
        }
    }
    let exec4 = Exec4Params {
        code: rt.code_of_kind(ActorKind::Evm)?,
        constructor_params: RawBytes::serialize(&params)
            .or_exit(ExitCode::USR_SERIALIZATION, "parameters")?,
        subaddress: RawBytes::new(address.0.to_vec()),
    };
    let init = Address::new_id(ids::INIT);
    let made = send::call(rt, &init, EXEC4, send::params(&exec4)?, value)?;
    let made: Exec4Return = send::decode(made)?;
    Ok(CreateReturn {
        actor_id: made
            .id_address
            .id()
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "init's answer")?,
        robust_address: Some(made.robust_address),
        eth_address: address,
    })
}

/// CREATE: the hash of the RLP of creator and nonce.
fn address_by_nonce(
    rt: &dyn Runtime,
    creator: EthAddress,
    nonce: u64,
) -> Result<EthAddress, ActorError> {
    last_20_of_keccak(rt, &rlp_of_pair(creator, nonce))
}

/// CREATE2 (EIP-1014): the hash of creator, salt and the hash of the initcode.
fn address_by_salt(
    rt: &dyn Runtime,
    creator: EthAddress,
    salt: &[u8; 32],
    initcode: &[u8],
) -> Result<EthAddress, ActorError> {
    let code_hash = rt.hash(SupportedHashes::Keccak256, initcode)?;
    last_20_of_keccak(rt, &[&[0xff], &creator.0[..], salt, &code_hash].concat())
}

fn last_20_of_keccak(rt: &dyn Runtime, data: &[u8]) -> Result<EthAddress, ActorError> {
    let hash = rt.hash(SupportedHashes::Keccak256, data)?;
    let last = hash
        .last_chunk()
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "keccak-256")?;
    Ok(EthAddress(*last))
}

/// RLP of a list of twenty bytes and a number, which is always short.
pub(crate) fn rlp_of_pair(address: EthAddress, nonce: u64) -> Vec<u8> {
    const LIST: u8 = 0xc0;
    const STRING: u8 = 0x80;
    let mut items = vec![STRING + address.0.len() as u8];
    items.extend(address.0);
    let bytes = nonce.to_be_bytes();
    let digits = &bytes[(nonce.leading_zeros() / 8) as usize..];
    match digits {
        [small] if *small < STRING => items.push(*small),
        digits => {
            items.push(STRING + digits.len() as u8);
            items.extend(digits);
        }
    }
    items.insert(0, LIST + items.len() as u8);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rlp(nonce: u64, tail: &[u8]) {
        let encoded = rlp_of_pair(EthAddress([7; 20]), nonce);
        assert_eq!(encoded[0] as usize, 0xc0 + encoded.len() - 1);
        assert_eq!(encoded[1], 0x94);
        assert_eq!(&encoded[22..], tail);
    }

    #[test]
    fn numbers_are_encoded_as_short_as_they_can_be() {
        check_rlp(0, &[0x80]);
        check_rlp(0x7f, &[0x7f]);
        check_rlp(0x80, &[0x81, 0x80]);
        check_rlp(0x0400, &[0x82, 4, 0]);
        check_rlp(u64::MAX, &[0x88, 255, 255, 255, 255, 255, 255, 255, 255]);
    }
}
