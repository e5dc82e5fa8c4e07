//! Verifiers, and the clients they vouch for.

use fvm_shared::address::Address;
use num_traits::{Signed, Zero};

use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::ids;
use crate::resolve;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::state::State;
use crate::verifreg::types::{AddDataCapParams, DataCap};
use crate::verifreg::{emit, tokens};
use fvm_shared::error::ExitCode;

/// `AddVerifier`: the root key names a verifier, or changes what it may mint.
pub(super) fn add_verifier(rt: &dyn Runtime, params: AddDataCapParams) -> Result<(), ActorError> {
    require_enough(rt, &params.allowance)?;
    let verifier_id = resolve::to_existing_id(rt, &params.address)?;
    let verifier = Address::new_id(verifier_id);

    let state: State = state::load(rt)?;
    callers::one_of_addresses(rt, [&state.root_key])?;
    if verifier == state.root_key {
        return Err(ActorError::illegal_argument(
            "the root key can't be a verifier",
        ));
    }
    if tokens::balance(rt, &verifier)?.is_positive() {
        return Err(ActorError::illegal_argument(
            "a client can't become a verifier",
        ));
    }

    state::transaction(rt, |state: &mut State| {
        state.put_verifier(Store::of(rt), &verifier, &params.allowance)
    })?;
    emit::verifier_balance(rt, verifier_id, &params.allowance, None)
}

/// `RemoveVerifier`: the root key forgets a verifier.
pub(super) fn remove_verifier(rt: &dyn Runtime, verifier: Address) -> Result<(), ActorError> {
    let verifier = resolve::to_id(rt, &verifier)?;
    state::transaction(rt, |state: &mut State| {
        callers::one_of_addresses(rt, [&state.root_key])?;
        state.remove_verifier(Store::of(rt), &Address::new_id(verifier))
    })?;
    emit::verifier_balance(rt, verifier, &DataCap::zero(), None)
}

/// `AddVerifiedClient`: a verifier mints datacap for a client. The market may spend it for the
/// client's deals.
pub(super) fn add_verified_client(
    rt: &dyn Runtime,
    params: AddDataCapParams,
) -> Result<(), ActorError> {
    // Who is a verifier is known below.
    callers::any(rt)?;
    require_enough(rt, &params.allowance)?;
    let client_id = resolve::to_existing_id(rt, &params.address)?;
    let client = Address::new_id(client_id);

    state::transaction(rt, |state: &mut State| {
        if client == state.root_key {
            return Err(ActorError::illegal_argument(
                "the root key can't be a client",
            ));
        }
        let store = Store::of(rt);
        let verifier_id = rt.message().caller;
        let verifier = Address::new_id(verifier_id);
        let allowance = state
            .verifier_allowance(store, &verifier)?
            .or_exit(ExitCode::USR_NOT_FOUND, "the caller among the verifiers")?;
        if state.verifier_allowance(store, &client)?.is_some() {
            return Err(ActorError::illegal_argument("a verifier can't be a client"));
        }
        if allowance < params.allowance {
            return Err(ActorError::illegal_argument(format!(
                "{} is more than the verifier's {allowance}",
                params.allowance
            )));
        }
        let left = allowance - &params.allowance;
        state.put_verifier(store, &verifier, &left)?;
        emit::verifier_balance(rt, verifier_id, &left, Some(client_id))
    })?;

    tokens::mint(
        rt,
        client,
        &params.allowance,
        vec![Address::new_id(ids::MARKET)],
    )
}

fn require_enough(rt: &dyn Runtime, allowance: &DataCap) -> Result<(), ActorError> {
    if *allowance < DataCap::from(rt.policy().allocation_size_min) {
        return Err(ActorError::illegal_argument(format!(
            "{allowance} does not cover the smallest allocation"
        )));
    }
    Ok(())
}
