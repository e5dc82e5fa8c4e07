//! Taking datacap away from a client: the root key's doing, with two verifiers' signatures.

use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;

use crate::account::AuthenticateMessageParams;
use crate::adt::Map;
use crate::authenticate::require_signed;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::ids;
use crate::resolve;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::state::{RemovalKey, Removals, State};
use crate::verifreg::types::{
    RemovalId, RemoveDataCapParams, RemoveDataCapProposal, RemoveDataCapRequest,
    RemoveDataCapReturn,
};
use crate::verifreg::{REMOVAL_DOMAIN, tokens};

/// `RemoveVerifiedClientDataCap`: ends up to so much of a client's datacap.
pub(super) fn remove_verified_client_data_cap(
    rt: &dyn Runtime,
    params: RemoveDataCapParams,
) -> Result<RemoveDataCapReturn, ActorError> {
    let client = Address::new_id(resolve::to_id(rt, &params.client)?);
    let verifiers = [
        Address::new_id(resolve::to_existing_id(rt, &params.request_1.verifier)?),
        Address::new_id(resolve::to_existing_id(rt, &params.request_2.verifier)?),
    ];
    if verifiers[0] == verifiers[1] {
        return Err(ActorError::illegal_argument(
            "two verifiers are needed, not one twice",
        ));
    }

    // The numbers are used up before the signatures are checked, because the check calls others,
    // who might call back.
    let ids = state::transaction(rt, |state: &mut State| {
        callers::one_of_addresses(rt, [&state.root_key])?;
        if params.client == Address::new_id(ids::VERIFIED_REGISTRY) {
            return Err(ActorError::illegal_argument(
                "the registry's own datacap is not its own",
            ));
        }
        let store = Store::of(rt);
        for verifier in &verifiers {
            if !state.verifiers(store)?.contains(verifier)? {
                return Err(ActorError::not_found(format!("{verifier} is no verifier")));
            }
        }
        state.use_removal_ids(store, &verifiers, client)
    })?;

    for (request, id) in [&params.request_1, &params.request_2].into_iter().zip(ids) {
        authenticate(
            rt,
            request,
            RemoveDataCapProposal {
                client,
                amount: params.amount.clone(),
                id,
            },
        )?;
    }

    let removed = tokens::balance(rt, &client)?.min(params.amount);
    tokens::destroy(rt, client, &removed)?;
    Ok(RemoveDataCapReturn { client, removed })
}

impl State {
    /// Counts one more removal for each of these verifiers, and answers the numbers of these.
    fn use_removal_ids(
        &mut self,
        store: Store<'_>,
        verifiers: &[Address],
        client: Address,
    ) -> Result<Vec<RemovalId>, ActorError> {
        let mut removals: Removals<'_> = Map::load(store, &self.removals, "removals")?;
        let mut ids = Vec::new();
        for verifier in verifiers {
            let key = RemovalKey {
                verifier: *verifier,
                client,
            };
            let id = removals.get(&key)?.copied().unwrap_or_default();
            removals.set(
                &key,
                RemovalId {
                    id: id.id.saturating_add(1),
                },
            )?;
            ids.push(id);
        }
        self.removals = removals.flush()?;
        Ok(ids)
    }
}

/// Has this verifier signed this proposal? 16 if not.
fn authenticate(
    rt: &dyn Runtime,
    request: &RemoveDataCapRequest,
    proposal: RemoveDataCapProposal,
) -> Result<(), ActorError> {
    let proposal =
        RawBytes::serialize(proposal).or_exit(ExitCode::USR_SERIALIZATION, "the proposal")?;
    let params = AuthenticateMessageParams {
        signature: request.signature.bytes.clone(),
        message: [REMOVAL_DOMAIN, proposal.bytes()].concat(),
    };
    require_signed(rt, &request.verifier, &params)
}
