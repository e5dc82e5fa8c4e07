//! What multisigs hold, in Lotus' forms.

use atoll_actors::multisig::State;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use serde::Serialize;

use crate::forms::filecoin::{Address, Base64, BigDecimal, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::storage::{Reader, unreadable};
use super::tipset;

/// How a multisig's balance unlocks.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct VestingSchedule {
    initial_balance: BigDecimal,
    start_epoch: ChainEpoch,
    unlock_duration: ChainEpoch,
}

/// A transaction that waits for approvals.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct PendingTransaction {
    #[serde(rename = "ID")]
    id: i64,
    to: Address,
    value: BigDecimal,
    method: u64,
    params: Option<Base64>,
    approved: Vec<Address>,
}

/// What may be spent at the tipset's epoch.
pub(in crate::methods) fn available_balance(
    caller: &Caller<'_>,
    multisig: Address,
    key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (actor, state) = reader.multisig(&multisig.0)?;
    let locked = locked(&state, reader.epoch())?;
    let available = actor.balance.to_token() - locked;
    Ok((&available.max(TokenAmount::default())).into())
}

pub(in crate::methods) fn vesting_schedule(
    caller: &Caller<'_>,
    multisig: Address,
    key: Option<TipsetKey>,
) -> Result<VestingSchedule, Error> {
    let (_, state) = Reader::open(caller, key)?.multisig(&multisig.0)?;
    Ok(VestingSchedule {
        initial_balance: (&state.initial_balance).into(),
        start_epoch: state.start_epoch,
        unlock_duration: state.unlock_duration,
    })
}

/// How much was unlocked from one tipset to another, by the lock that there is at the later.
pub(in crate::methods) fn vested(
    caller: &Caller<'_>,
    multisig: Address,
    start: Option<TipsetKey>,
    end: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    let start = tipset(caller, start)?.epoch();
    let mut reader = Reader::open(caller, end)?;
    let end = reader.epoch();
    if start > end {
        let words = format!("epoch {start} of the start is after {end} of the end");
        return Err(Error::refused(words));
    }
    let (_, state) = reader.multisig(&multisig.0)?;
    let unlocked = locked(&state, start)? - locked(&state, end)?;
    Ok((&unlocked).into())
}

pub(in crate::methods) fn pending(
    caller: &Caller<'_>,
    multisig: Address,
    key: Option<TipsetKey>,
) -> Result<Vec<PendingTransaction>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (_, state) = reader.multisig(&multisig.0)?;
    let transactions = state
        .pending_transactions(reader.store())
        .map_err(unreadable)?;
    let form = |(id, transaction): (_, atoll_actors::multisig::Transaction)| {
        let atoll_actors::multisig::TxnId(id) = id;
        let params = transaction.params.to_vec();
        PendingTransaction {
            id,
            to: Address(transaction.to),
            value: (&transaction.value).into(),
            method: transaction.method,
            params: (!params.is_empty()).then_some(Base64(params)),
            approved: transaction.approved.into_iter().map(Address).collect(),
        }
    };
    Ok(transactions.into_iter().map(form).collect())
}

fn locked(state: &State, epoch: ChainEpoch) -> Result<TokenAmount, Error> {
    state.amount_locked(epoch).map_err(unreadable)
}
