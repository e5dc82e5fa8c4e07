//! What the registry asks of the DataCap token. It counts in bytes, the token in 10^18 units of
//! one.

use fvm_ipld_encoding::RawBytes;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sys::SendFlags;
use fvm_shared::{ActorID, MethodNum};
use num_traits::Zero;
use serde::Serialize;

use crate::datacap::types::{BurnParams, DestroyParams, MintParams, TransferParams};
use crate::datacap::{GRANULARITY, numbers};
use crate::error::ActorError;
use crate::ids;
use crate::runtime::{Runtime, Send};
use crate::send;
use crate::verifreg::types::DataCap;

/// Bytes as tokens.
#[must_use]
pub fn tokens(datacap: &DataCap) -> TokenAmount {
    TokenAmount::from_atto(datacap * GRANULARITY)
}

/// Tokens as bytes; less than a byte is nothing.
#[must_use]
pub fn datacap(tokens: &TokenAmount) -> DataCap {
    tokens.atto() / GRANULARITY
}

/// What somebody holds.
pub(super) fn balance(rt: &dyn Runtime, owner: &Address) -> Result<DataCap, ActorError> {
    let sent = send::send(
        rt,
        Send {
            to: Address::new_id(ids::DATACAP),
            method: numbers::BALANCE,
            params: send::params(owner)?,
            value: TokenAmount::zero(),
            gas_limit: None,
            flags: SendFlags::READ_ONLY,
        },
    )?;
    let held: TokenAmount = send::decode(send::require(sent)?)?;
    Ok(datacap(&held))
}

/// Makes tokens for a client, which the operators may spend.
pub(super) fn mint(
    rt: &dyn Runtime,
    to: Address,
    amount: &DataCap,
    operators: Vec<Address>,
) -> Result<(), ActorError> {
    call(
        rt,
        numbers::MINT,
        &MintParams {
            to,
            amount: tokens(amount),
            operators,
        },
    )?;
    Ok(())
}

/// Ends tokens of the registry's own. Nothing is sent for nothing.
pub(super) fn burn(rt: &dyn Runtime, amount: &DataCap) -> Result<(), ActorError> {
    if !amount.is_zero() {
        call(
            rt,
            numbers::BURN,
            &BurnParams {
                amount: tokens(amount),
            },
        )?;
    }
    Ok(())
}

/// Ends a client's tokens. Nothing is sent for nothing.
pub(super) fn destroy(
    rt: &dyn Runtime,
    owner: Address,
    amount: &DataCap,
) -> Result<(), ActorError> {
    if !amount.is_zero() {
        call(
            rt,
            numbers::DESTROY,
            &DestroyParams {
                owner,
                amount: tokens(amount),
            },
        )?;
    }
    Ok(())
}

/// Moves the registry's own tokens to a client, even if there are none to move.
pub(super) fn transfer(rt: &dyn Runtime, to: ActorID, amount: &DataCap) -> Result<(), ActorError> {
    let params = TransferParams {
        to: Address::new_id(to),
        amount: tokens(amount),
        operator_data: RawBytes::default(),
    };
    call(rt, numbers::TRANSFER, &params)?;
    Ok(())
}

fn call<T: Serialize>(
    rt: &dyn Runtime,
    method: MethodNum,
    params: &T,
) -> Result<Option<IpldBlock>, ActorError> {
    let token = Address::new_id(ids::DATACAP);
    send::call(
        rt,
        &token,
        method,
        send::params(params)?,
        TokenAmount::zero(),
    )
}
