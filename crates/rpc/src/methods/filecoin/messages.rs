//! Messages: sent, waiting, found, tried out.

mod trace;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atoll_chain::{CallRequest, CheckedMessage, Executed, Hash, Overrides, Tipset};
use atoll_vm::{Applied, ApplyError, Atto, Fees};
use serde::Serialize;

use crate::forms::filecoin::{
    Address, BigDecimal, Cid, Message, Receipt, SignedMessage, TipsetKey,
};
use crate::jsonrpc::error::Error;
use crate::node::{Caller, WAITERS_MAX, now};

use super::gas;
use super::tipset;

pub(in crate::methods) fn push(caller: &Caller<'_>, message: SignedMessage) -> Result<Cid, Error> {
    let signed = message
        .to_chain()
        .map_err(|why| Error::param("message", &why))?;
    submit(caller, signed)
}

fn submit(caller: &Caller<'_>, signed: atoll_chain::SignedMessage) -> Result<Cid, Error> {
    let chain = caller.chain();
    let checked = CheckedMessage::new(signed, chain.chain_id())
        .map_err(|why| Error::refused(why.to_string()))?;
    let cid = checked.cid;
    let submitted = chain.submit(checked, now());
    submitted.map_err(|why| Error::refused(why.to_string()))?;
    Ok(Cid(cid))
}

/// Fills in nonce and gas, signs with a key of the node, and sends.
pub(in crate::methods) fn push_message(
    caller: &Caller<'_>,
    message: Message,
    spec: Option<serde_json::Value>,
) -> Result<SignedMessage, Error> {
    let mut message = gas::fill(caller, message, spec)?;
    let chain = caller.chain();
    let key_address = chain.state(&chain.head())?.key_address(&message.from)?;
    message.from = key_address.unwrap_or(message.from);
    message.sequence = chain.next_sequence(&message.from)?;
    let signed = super::accounts::sign_with_own(caller, message)?;
    submit(caller, signed.clone())?;
    Ok((&signed).into())
}

pub(in crate::methods) fn next_nonce(caller: &Caller<'_>, address: Address) -> Result<u64, Error> {
    let chain = caller.chain();
    let key_address = chain.state(&chain.head())?.key_address(&address.0)?;
    Ok(chain.next_sequence(&key_address.unwrap_or(address.0))?)
}

pub(in crate::methods) fn pending(
    caller: &Caller<'_>,
    _key: Option<TipsetKey>,
) -> Result<Vec<SignedMessage>, Error> {
    let waiting = caller.chain().all_waiting();
    Ok(waiting
        .iter()
        .map(|message| (&message.signed).into())
        .collect())
}

/// What would go into a block now.
pub(in crate::methods) fn select(
    caller: &Caller<'_>,
    _key: Option<TipsetKey>,
    _quality: Option<f64>,
) -> Result<Vec<SignedMessage>, Error> {
    let pending = caller.chain().pending(now())?;
    let messages = pending.tipset.messages.iter();
    Ok(messages
        .map(|executed| (&executed.message.signed).into())
        .collect())
}

/// Where a message is, and what became of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Lookup {
    message: Cid,
    receipt: Receipt,
    return_dec: Option<()>,
    /// The tipset that it is in and was executed with.
    tip_set: TipsetKey,
    height: i64,
}

fn lookup(caller: &Caller<'_>, cid: &Cid) -> Option<Lookup> {
    let (tipset, executed) = caller.chain().message(&Hash::of_cid(&cid.0))?;
    Some(Lookup {
        message: *cid,
        receipt: (&executed.receipt).into(),
        return_dec: None,
        tip_set: TipsetKey(vec![tipset.block]),
        height: tipset.epoch(),
    })
}

pub(in crate::methods) fn search(
    caller: &Caller<'_>,
    _from: Option<TipsetKey>,
    message: Cid,
    _lookback: Option<i64>,
    _allow_replaced: Option<bool>,
) -> Result<Option<Lookup>, Error> {
    Ok(lookup(caller, &message))
}

/// How long a client may wait for a message. Each waiting client holds a thread.
pub(in crate::methods) const WAIT_MAX: Duration = Duration::from_secs(60);

pub(in crate::methods) fn wait(
    caller: &Caller<'_>,
    message: Cid,
    confidence: Option<u64>,
    _lookback: Option<i64>,
    _allow_replaced: Option<bool>,
) -> Result<Lookup, Error> {
    let confidence = i64::try_from(confidence.unwrap_or(0)).unwrap_or(i64::MAX);
    let _waiter = Waiter::begin(&caller.node.waiters)?;
    let until = Instant::now() + WAIT_MAX;
    loop {
        let chain = caller.chain();
        let head = chain.head().epoch();
        match lookup(caller, &message) {
            Some(found) if head - found.height >= confidence => return Ok(found),
            None if chain.waiting(&Hash::of_cid(&message.0)).is_none() => {
                let why = format!("message not found: {}; nobody has sent it", message.0);
                return Err(Error::refused(why));
            }
            _ if Instant::now() >= until => {
                return Err(Error::refused(format!(
                    "the message {} is not on chain, or not deep enough, after {} seconds",
                    message.0,
                    WAIT_MAX.as_secs()
                )));
            }
            _ => std::thread::sleep(LOOK_AGAIN),
        }
    }
}

/// How soon whoever waits looks again.
pub(in crate::methods) const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One of the few that may wait.
pub(in crate::methods) struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    pub(in crate::methods) fn begin(waiters: &'a AtomicUsize) -> Result<Self, Error> {
        let waiter = Self(waiters);
        match waiters.fetch_add(1, Ordering::Relaxed) {
            before if before < WAITERS_MAX => Ok(waiter),
            _ => Err(Error::limit(format!(
                "{WAITERS_MAX} clients wait for messages already"
            ))),
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a message did.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Invocation {
    msg_cid: Cid,
    msg: Message,
    msg_rct: Receipt,
    gas_cost: GasCost,
    execution_trace: Option<trace::Call>,
    error: String,
    duration: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GasCost {
    message: Option<Cid>,
    gas_used: BigDecimal,
    base_fee_burn: BigDecimal,
    over_estimation_burn: BigDecimal,
    miner_penalty: BigDecimal,
    miner_tip: BigDecimal,
    refund: BigDecimal,
    total_cost: BigDecimal,
}

fn gas_cost(message: Option<Cid>, gas_used: u64, fees: &Fees) -> GasCost {
    let amount = |amount: Atto| BigDecimal::from(&amount.to_token());
    let total = fees.base_fee_burn.to_token()
        + fees.over_estimation_burn.to_token()
        + fees.miner_tip.to_token();
    GasCost {
        message,
        gas_used: BigDecimal(gas_used.into()),
        base_fee_burn: amount(fees.base_fee_burn),
        over_estimation_burn: amount(fees.over_estimation_burn),
        miner_penalty: amount(fees.penalty),
        miner_tip: amount(fees.miner_tip),
        refund: amount(fees.refund),
        total_cost: (&total).into(),
    }
}

/// Tries a message out, without fees.
pub(in crate::methods) fn call(
    caller: &Caller<'_>,
    message: Message,
    key: Option<TipsetKey>,
) -> Result<Invocation, Error> {
    let tipset = tipset(caller, key)?;
    let message = message
        .to_chain()
        .map_err(|why| Error::param("message", &why))?;
    let applied = try_out(caller, &tipset, &message)?;
    Ok(invocation(None, &message, &applied))
}

/// Tries a message out and records it.
pub(super) fn try_out(
    caller: &Caller<'_>,
    tipset: &Tipset,
    message: &fvm_shared::message::Message,
) -> Result<Applied, Error> {
    let overrides = Overrides {
        tracing: true,
        ..Overrides::default()
    };
    let applied = caller.chain().call(tipset, &request(message), &overrides);
    applied.map_err(|error| match error {
        ApplyError::Malformed(why) => Error::refused(why),
        ApplyError::Fatal(fatal) => fatal.into(),
    })
}

/// The message, to be tried out. Zero gas means: as much as there is.
pub(in crate::methods) fn request(message: &fvm_shared::message::Message) -> CallRequest {
    CallRequest {
        from: message.from,
        to: message.to,
        value: message.value.clone(),
        method: message.method_num,
        params: message.params.clone(),
        gas_limit: (message.gas_limit > 0).then_some(message.gas_limit),
        gas_premium: message.gas_premium.clone(),
    }
}

fn invocation(
    cid: Option<cid::Cid>,
    message: &fvm_shared::message::Message,
    applied: &Applied,
) -> Invocation {
    let message_cid = cid.unwrap_or_else(|| atoll_chain::signed::message_cid(message));
    let failure = applied.failure.as_ref();
    Invocation {
        msg_cid: Cid(message_cid),
        msg: message.into(),
        msg_rct: (&applied.receipt).into(),
        gas_cost: gas_cost(cid.map(Cid), applied.receipt.gas_used, &applied.fees),
        execution_trace: trace::read(&applied.trace),
        error: failure.map_or(String::new(), ToString::to_string),
        duration: 0, // A client's clock is not the chain's.
    }
}

/// Applies a message on chain once more, as it was applied.
pub(in crate::methods) fn replay(
    caller: &Caller<'_>,
    _key: Option<TipsetKey>,
    message: Cid,
) -> Result<Invocation, Error> {
    let chain = caller.chain();
    let found = chain.message(&Hash::of_cid(&message.0));
    let (tipset, executed) =
        found.ok_or_else(|| Error::refused(format!("message not found: {}", message.0)))?;
    let replayed = chain.replay(&tipset)?;
    let applied = replayed.applied.get(executed.index);
    let applied = applied.ok_or_else(|| Error::internal("the replay lacks the message"))?;
    Ok(of_executed(&executed, applied))
}

fn of_executed(executed: &Executed, applied: &Applied) -> Invocation {
    invocation(
        Some(executed.message.cid),
        executed.message.message(),
        applied,
    )
}
