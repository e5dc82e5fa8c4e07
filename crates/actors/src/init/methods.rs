//! What the init actor does.

use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR};

use super::{ConstructorParams, Exec4Params, ExecParams, ExecReturn, Mapped, State};
use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;
use crate::state::Store;
use crate::{ActorKind, callers, ids, send, state};

pub(super) fn constructor(rt: &dyn Runtime, params: ConstructorParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    let state = State::new(Store::of(rt), params.network_name)?;
    state::create(rt, &state)
}

pub(super) fn exec(rt: &dyn Runtime, params: ExecParams) -> Result<ExecReturn, ActorError> {
    callers::any(rt)?;
    let caller = rt
        .code_of(rt.message().caller)?
        .or_illegal_state("code of the caller")?;
    if !may_exec(rt, &caller, &params.code_cid)? {
        return Err(ActorError::forbidden(format!(
            "{caller} may not create {}",
            params.code_cid
        )));
    }
    let robust_address = rt.next_actor_address()?;
    let mapped = map_addresses(rt, &robust_address, None)?;
    state::create_actor(rt, params.code_cid, mapped.id, None)?;
    construct(rt, mapped.id, params.constructor_params)?;
    Ok(ExecReturn {
        id_address: Address::new_id(mapped.id),
        robust_address,
    })
}

fn map_addresses(
    rt: &dyn Runtime,
    robust: &Address,
    delegated: Option<&Address>,
) -> Result<Mapped, ActorError> {
    rt.map_addresses(robust, delegated).unwrap_or_else(|| {
        state::transaction(rt, |state: &mut State| {
            state.map_addresses(Store::of(rt), robust, delegated)
        })
    })
}

/// Anyone may create a multisig or a payment channel; only the power actor a miner.
fn may_exec(rt: &dyn Runtime, caller: &Cid, code: &Cid) -> Result<bool, ActorError> {
    Ok(match rt.kind_of_code(code)? {
        Some(ActorKind::Multisig | ActorKind::PaymentChannel) => true,
        Some(ActorKind::Miner) => rt.kind_of_code(caller)? == Some(ActorKind::Power),
        _ => false,
    })
}

pub(super) fn exec4(rt: &dyn Runtime, params: Exec4Params) -> Result<ExecReturn, ActorError> {
    callers::one_of(rt, &[ids::EAM])?;
    let delegated = Address::new_delegated(rt.message().caller, &params.subaddress)
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "f4 address")?;
    let robust_address = rt.next_actor_address()?;
    let mapped = map_addresses(rt, &robust_address, Some(&delegated))?;
    if mapped.existed {
        require_placeholder(rt, mapped.id)?;
    }
    state::create_actor(rt, params.code_cid, mapped.id, Some(delegated))?;
    construct(rt, mapped.id, params.constructor_params)?;
    Ok(ExecReturn {
        id_address: Address::new_id(mapped.id),
        robust_address,
    })
}

/// Only a placeholder may be replaced, and nobody can come after an actor that was deleted.
fn require_placeholder(rt: &dyn Runtime, id: ActorID) -> Result<(), ActorError> {
    let code = rt
        .code_of(id)?
        .or_exit(ExitCode::USR_FORBIDDEN, "an actor that was deleted")?;
    if code != rt.code_of_kind(ActorKind::Placeholder)? {
        return Err(ActorError::forbidden(format!(
            "f0{id} exists, and is no placeholder"
        )));
    }
    Ok(())
}

fn construct(rt: &dyn Runtime, id: ActorID, params: RawBytes) -> Result<(), ActorError> {
    let value = rt.message().value_received.clone();
    send::call(
        rt,
        &Address::new_id(id),
        METHOD_CONSTRUCTOR,
        params.into(),
        value,
    )
    .map(|_| ())
    .map_err(|e| e.during("constructor"))
}
