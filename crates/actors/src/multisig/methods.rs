//! What a multisig does.

use std::collections::BTreeSet;

use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;

use super::state::Pending;
use super::types::{
    AddSignerParams, ApproveReturn, ChangeThresholdParams, ConstructorParams, LockBalanceParams,
    ProposalHashData, ProposeParams, ProposeReturn, ReceiveParams, RemoveSignerParams,
    SwapSignerParams, TxnIdParams,
};
use super::{SIGNERS_MAX, State, Transaction, TxnId};
use crate::error::{ActorError, OrExit};
use crate::randomness::blake2b;
use crate::runtime::Runtime;
use crate::state::Store;
use crate::{callers, ids, resolve, send, state};

pub(super) fn constructor(rt: &dyn Runtime, params: ConstructorParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::INIT])?;
    let signers = resolve_signers(rt, &params.signers)?;
    if params.num_approvals_threshold > signers.len() as u64 {
        return Err(ActorError::illegal_argument("more approvals than signers"));
    }
    if params.num_approvals_threshold < 1 {
        return Err(ActorError::illegal_argument(
            "it takes an approval at least",
        ));
    }
    if params.unlock_duration < 0 {
        return Err(ActorError::illegal_argument("a negative duration"));
    }
    let mut state = State {
        signers,
        num_approvals_threshold: params.num_approvals_threshold,
        next_tx_id: TxnId::default(),
        initial_balance: TokenAmount::default(),
        start_epoch: 0,
        unlock_duration: 0,
        pending_txs: Pending::empty(Store::of(rt), "pending transactions").flush()?,
    };
    if params.unlock_duration != 0 {
        let amount = rt.message().value_received.clone();
        state.lock(params.start_epoch, params.unlock_duration, amount);
    }
    state::create(rt, &state)
}

fn resolve_signers(rt: &dyn Runtime, signers: &[Address]) -> Result<Vec<Address>, ActorError> {
    if signers.is_empty() {
        return Err(ActorError::illegal_argument("no signers"));
    }
    if signers.len() > SIGNERS_MAX {
        return Err(ActorError::illegal_argument(format!(
            "more than {SIGNERS_MAX} signers"
        )));
    }
    let mut known = BTreeSet::new();
    let mut resolved = Vec::with_capacity(signers.len());
    for signer in signers {
        let id = resolve::to_existing_id(rt, signer)?;
        if !known.insert(id) {
            return Err(ActorError::illegal_argument(format!(
                "{signer} is there twice"
            )));
        }
        resolved.push(Address::new_id(id));
    }
    Ok(resolved)
}

pub(super) fn propose(
    rt: &dyn Runtime,
    params: ProposeParams,
) -> Result<ProposeReturn, ActorError> {
    callers::any(rt)?;
    if params.value.is_negative() {
        return Err(ActorError::illegal_argument(format!(
            "a value of {}",
            params.value
        )));
    }
    let transaction = Transaction {
        to: params.to,
        value: params.value,
        method: params.method,
        params: params.params,
        approved: Vec::new(),
    };
    let txn_id = state::transaction(rt, |state: &mut State| {
        state.require_signer(&caller(rt))?;
        let mut pending = state.pending(Store::of(rt))?;
        let id = state.next_tx_id;
        let next = id.0.checked_add(1);
        state.next_tx_id = TxnId(next.or_exit(ExitCode::USR_ASSERTION_FAILED, "next number")?);
        pending.set(&id, transaction.clone())?;
        state.pending_txs = pending.flush()?;
        Ok(id)
    })?;
    let execution = approve_and_execute(rt, txn_id, transaction)?;
    let (applied, code, ret) = report(execution);
    Ok(ProposeReturn {
        txn_id,
        applied,
        code,
        ret,
    })
}

pub(super) fn approve(rt: &dyn Runtime, params: TxnIdParams) -> Result<ApproveReturn, ActorError> {
    callers::any(rt)?;
    let (state, transaction) = state::transaction(rt, |state: &mut State| {
        state.require_signer(&caller(rt))?;
        let pending = state.pending(Store::of(rt))?;
        let transaction = pending.get(&params.id)?.cloned();
        let transaction = transaction.or_exit(ExitCode::USR_NOT_FOUND, "transaction")?;
        if !hash_matches(rt, &transaction, &params.proposal_hash)? {
            return Err(ActorError::illegal_argument(
                "the hash is another transaction's",
            ));
        }
        Ok((state.clone(), transaction))
    })?;
    // The threshold may have been lowered since the last approval: then this one isn't counted.
    let execution = match execute_if_approved(rt, &state, params.id, &transaction)? {
        Some(execution) => Some(execution),
        None => approve_and_execute(rt, params.id, transaction)?,
    };
    let (applied, code, ret) = report(execution);
    Ok(ApproveReturn { applied, code, ret })
}

pub(super) fn cancel(rt: &dyn Runtime, params: TxnIdParams) -> Result<(), ActorError> {
    callers::any(rt)?;
    let caller = caller(rt);
    state::transaction(rt, |state: &mut State| {
        state.require_signer(&caller)?;
        let mut pending = state.pending(Store::of(rt))?;
        let transaction = pending
            .delete(&params.id)?
            .or_exit(ExitCode::USR_NOT_FOUND, "transaction")?;
        if transaction.approved.first() != Some(&caller) {
            return Err(ActorError::forbidden("another signer proposed it"));
        }
        if !hash_matches(rt, &transaction, &params.proposal_hash)? {
            return Err(ActorError::illegal_state(
                "the hash is another transaction's",
            ));
        }
        state.pending_txs = pending.flush()?;
        Ok(())
    })
}

pub(super) fn add_signer(rt: &dyn Runtime, params: AddSignerParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[rt.message().receiver])?;
    let signer = Address::new_id(resolve::to_existing_id(rt, &params.signer)?);
    state::transaction(rt, |state: &mut State| {
        if state.signers.len() >= SIGNERS_MAX {
            return Err(ActorError::forbidden(format!(
                "more than {SIGNERS_MAX} signers"
            )));
        }
        if state.signers.contains(&signer) {
            return Err(ActorError::forbidden(format!(
                "{signer} is a signer already"
            )));
        }
        state.signers.push(signer);
        if params.increase {
            // At most the number of signers.
            state.num_approvals_threshold += 1;
        }
        Ok(())
    })
}

pub(super) fn remove_signer(
    rt: &dyn Runtime,
    params: RemoveSignerParams,
) -> Result<(), ActorError> {
    callers::one_of(rt, &[rt.message().receiver])?;
    let signer = Address::new_id(resolve::to_id(rt, &params.signer)?);
    state::transaction(rt, |state: &mut State| {
        state.require_signer(&signer)?;
        let remaining = state.signers.len() as u64 - 1;
        if remaining == 0 {
            return Err(ActorError::forbidden("the only signer"));
        }
        if !params.decrease && remaining < state.num_approvals_threshold {
            return Err(ActorError::illegal_argument("fewer signers than approvals"));
        }
        if params.decrease {
            if state.num_approvals_threshold < 2 {
                return Err(ActorError::illegal_argument(
                    "it takes an approval at least",
                ));
            }
            state.num_approvals_threshold -= 1;
        }
        state.purge_approvals(Store::of(rt), &signer)?;
        state.signers.retain(|other| *other != signer);
        Ok(())
    })
}

pub(super) fn swap_signer(rt: &dyn Runtime, params: SwapSignerParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[rt.message().receiver])?;
    let from = Address::new_id(resolve::to_id(rt, &params.from)?);
    let to = Address::new_id(resolve::to_existing_id(rt, &params.to)?);
    state::transaction(rt, |state: &mut State| {
        state.require_signer(&from)?;
        if state.signers.contains(&to) {
            return Err(ActorError::illegal_argument(format!(
                "{to} is a signer already"
            )));
        }
        state.signers.retain(|other| *other != from);
        state.signers.push(to);
        state.purge_approvals(Store::of(rt), &from)
    })
}

pub(super) fn change_threshold(
    rt: &dyn Runtime,
    params: ChangeThresholdParams,
) -> Result<(), ActorError> {
    callers::one_of(rt, &[rt.message().receiver])?;
    state::transaction(rt, |state: &mut State| {
        if !(1..=state.signers.len() as u64).contains(&params.new_threshold) {
            return Err(ActorError::illegal_argument(
                "as many approvals as there are signers",
            ));
        }
        state.num_approvals_threshold = params.new_threshold;
        Ok(())
    })
}

pub(super) fn lock_balance(rt: &dyn Runtime, params: LockBalanceParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[rt.message().receiver])?;
    if params.unlock_duration <= 0 {
        return Err(ActorError::illegal_argument(
            "a duration that is not positive",
        ));
    }
    if params.amount.is_negative() {
        return Err(ActorError::illegal_argument("a negative amount"));
    }
    state::transaction(rt, |state: &mut State| {
        if state.unlock_duration != 0 {
            return Err(ActorError::forbidden("a balance is locked once only"));
        }
        state.lock(params.start_epoch, params.unlock_duration, params.amount);
        Ok(())
    })
}

pub(super) fn receive(rt: &dyn Runtime, _params: ReceiveParams) -> Result<(), ActorError> {
    callers::any(rt)
}

/// How a transaction's call ended. Its failure is reported, not passed on.
struct Execution {
    code: ExitCode,
    data: RawBytes,
}

fn report(execution: Option<Execution>) -> (bool, ExitCode, RawBytes) {
    match execution {
        Some(Execution { code, data }) => (true, code, data),
        None => (false, ExitCode::OK, RawBytes::default()),
    }
}

/// Adds the caller's approval, and executes the transaction if that was the last it took.
fn approve_and_execute(
    rt: &dyn Runtime,
    id: TxnId,
    mut transaction: Transaction,
) -> Result<Option<Execution>, ActorError> {
    let caller = caller(rt);
    if transaction.approved.contains(&caller) {
        return Err(ActorError::forbidden(format!(
            "{caller} has approved already"
        )));
    }
    transaction.approved.push(caller);
    let state = state::transaction(rt, |state: &mut State| {
        let mut pending = state.pending(Store::of(rt))?;
        pending.set(&id, transaction.clone())?;
        state.pending_txs = pending.flush()?;
        Ok(state.clone())
    })?;
    execute_if_approved(rt, &state, id, &transaction)
}

fn execute_if_approved(
    rt: &dyn Runtime,
    state: &State,
    id: TxnId,
    transaction: &Transaction,
) -> Result<Option<Execution>, ActorError> {
    if (transaction.approved.len() as u64) < state.num_approvals_threshold {
        return Ok(None);
    }
    state.check_available(rt.balance()?, &transaction.value, rt.network().epoch)?;
    // Before the call, so that the callee can't have it executed a second time.
    state::transaction(rt, |state: &mut State| {
        let mut pending = state.pending(Store::of(rt))?;
        pending.delete(&id)?;
        state.pending_txs = pending.flush()?;
        Ok(())
    })?;
    let params = transaction.params.clone().into();
    let value = transaction.value.clone();
    let sent = send::try_call(rt, &transaction.to, transaction.method, params, value)?;
    let (code, data) = match send::require(sent) {
        Ok(data) => (ExitCode::OK, data),
        Err(error) => (error.code, error.data),
    };
    let data = RawBytes::new(data.map(|block| block.data).unwrap_or_default());
    Ok(Some(Execution { code, data }))
}

/// Is this the transaction that the hash is of? An empty hash is of any.
fn hash_matches(
    rt: &dyn Runtime,
    transaction: &Transaction,
    hash: &[u8],
) -> Result<bool, ActorError> {
    if hash.is_empty() {
        return Ok(true);
    }
    let hashed = ProposalHashData {
        requester: transaction.approved.first(),
        to: &transaction.to,
        value: &transaction.value,
        method: transaction.method,
        params: &transaction.params,
    };
    let bytes = fvm_ipld_encoding::to_vec(&hashed).or_illegal_state("the hash of a proposal")?;
    Ok(hash == blake2b(rt, &bytes)?)
}

fn caller(rt: &dyn Runtime) -> Address {
    Address::new_id(rt.message().caller)
}
