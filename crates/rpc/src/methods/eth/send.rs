//! Transactions that come in.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use atoll_chain::eth_tx::{EthTx, Fees, Unsigned};
use atoll_chain::{CheckedMessage, Overrides};
use serde::Serialize;

use crate::forms::transaction::Request;
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::methods::filecoin::messages::{LOOK_AGAIN, WAIT_MAX, Waiter};
use crate::node::{Caller, now};

use super::transactions::{Receipt, Transaction};
use super::{calls, eth_address, fees, transactions, trial_on, wire_hash};

pub(in crate::methods) fn send_raw(caller: &Caller<'_>, transaction: Data) -> Result<Hash, Error> {
    let chain = caller.chain();
    let message = CheckedMessage::from_eth(&transaction.0, chain.chain_id())
        .map_err(|why| Error::refused(why.to_string()))?;
    submit(caller, message)
}

/// Sends, and answers with the receipt (EIP-7966). Where a block is made for each transaction, it is
/// there at once.
pub(in crate::methods) fn send_raw_sync(
    caller: &Caller<'_>,
    transaction: Data,
    timeout: Option<Quantity>,
) -> Result<Receipt, Error> {
    let _waiter = Waiter::begin(&caller.node.waiters)?;
    let hash = send_raw(caller, transaction)?;
    let timeout = timeout.map_or(WAIT_MAX, |Quantity(millis)| Duration::from_millis(millis));
    let begun = Instant::now();
    loop {
        if let Some(receipt) = transactions::receipt_by_hash(caller, hash)? {
            return Ok(receipt);
        }
        if begun.elapsed() >= timeout.min(WAIT_MAX) {
            return Err(Error::still_waiting(&hash.to_string()));
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Hands a message to the chain.
pub(in crate::methods) fn submit(
    caller: &Caller<'_>,
    message: Arc<CheckedMessage>,
) -> Result<Hash, Error> {
    let hash = message.eth_hash;
    let submitted = caller.chain().submit(message, now());
    submitted.map_err(|why| Error::refused(why.to_string()))?;
    Ok(wire_hash(hash))
}

pub(in crate::methods) fn accounts(caller: &Caller<'_>) -> Result<Vec<Address>, Error> {
    let mut accounts = caller.node.wallet.eth_addresses();
    let impersonated = caller.node.impersonated();
    let more = impersonated
        .accounts
        .iter()
        .filter(|account| !accounts.contains(account));
    let more: Vec<_> = more.copied().collect();
    accounts.extend(more);
    Ok(accounts)
}

/// Signs for an account of the node, or goes without if it is impersonated.
pub(in crate::methods) fn send(caller: &Caller<'_>, transaction: Request) -> Result<Hash, Error> {
    let from = sender(caller, &transaction)?;
    let chain_id = caller.chain().chain_id();
    if let Some(key) = caller.node.wallet.eth_key(from) {
        let unsigned = fill(caller, from, &transaction)?;
        let tx = key
            .sign_eth(unsigned)
            .map_err(|why| Error::refused(why.to_string()))?;
        let message = CheckedMessage::from_eth(&tx.encode(), chain_id)
            .map_err(|why| Error::refused(why.to_string()))?;
        return submit(caller, message);
    }
    if is_impersonated(caller, from) {
        return send_unsigned(caller, transaction);
    }
    Err(Error::refused(format!(
        "unknown account {from}: the node has no key of it, and it is not impersonated"
    )))
}

/// Sends in anybody's name, without a signature.
pub(in crate::methods) fn send_unsigned(
    caller: &Caller<'_>,
    transaction: Request,
) -> Result<Hash, Error> {
    let from = sender(caller, &transaction)?;
    let message = fill(caller, from, &transaction)?.to_message(eth_address(from));
    submit(
        caller,
        CheckedMessage::impersonated(message, caller.chain().chain_id()),
    )
}

fn is_impersonated(caller: &Caller<'_>, account: Address) -> bool {
    let impersonated = caller.node.impersonated();
    impersonated.everyone || impersonated.accounts.contains(&account)
}

fn sender(caller: &Caller<'_>, transaction: &Request) -> Result<Address, Error> {
    let first = || caller.node.wallet.eth_addresses().first().copied();
    let from = transaction.from.or_else(first);
    from.ok_or_else(|| Error::param("transaction", "from is missing"))
}

/// A transaction with what the sender left out.
fn fill(caller: &Caller<'_>, from: Address, transaction: &Request) -> Result<Unsigned, Error> {
    let wrong = |why: &str| Error::param("transaction", why);
    transaction.check_kind().map_err(wrong)?;
    let chain = caller.chain();
    let chain_id = chain.chain_id();
    if let Some(Quantity(asked)) = transaction.chain_id
        && asked != chain_id
    {
        return Err(wrong(&format!(
            "it is for chain {asked}; this is chain {chain_id}"
        )));
    }
    let mut described = transaction.clone();
    described.from = Some(from);
    let input = transaction.payload().map_err(wrong)?.to_vec();
    let nonce = match transaction.nonce {
        Some(Quantity(nonce)) => nonce,
        None => next_nonce(caller, from)?,
    };
    let gas_limit = match transaction.gas {
        Some(Quantity(gas)) => gas,
        None => {
            let request = calls::request(&described)?;
            let head = Some(BlockId::Tag(BlockTag::Pending));
            let (_, trial) = trial_on(caller, head, &Overrides::default())?;
            calls::estimate(trial, &request)?
        }
    };
    Ok(Unsigned {
        chain_id,
        nonce,
        fees: fill_fees(caller, transaction),
        gas_limit,
        to: transaction.to.map(eth_address),
        value: transaction.value.clone().unwrap_or_default().to_amount(),
        input,
    })
}

/// The sender's next, after what waits. Contracts count what they create instead of what they
/// send, but the chain counts their messages as anybody's.
fn next_nonce(caller: &Caller<'_>, from: Address) -> Result<u64, Error> {
    Ok(caller
        .chain()
        .next_sequence(&eth_address(from).to_filecoin())?)
}

fn fill_fees(caller: &Caller<'_>, transaction: &Request) -> Fees {
    if let Some(gas_price) = &transaction.gas_price {
        return Fees::Eip155 {
            gas_price: gas_price.to_amount(),
        };
    }
    // Twice the base fee lasts for five full blocks.
    let affordable = caller.chain().next_base_fee() * 2;
    if transaction.kind == Some(Quantity(0)) {
        return Fees::Eip155 {
            gas_price: affordable + fees::premium(),
        };
    }
    let cap = transaction.max_fee_per_gas.as_ref().map(Big::to_amount);
    let premium = transaction
        .max_priority_fee_per_gas
        .as_ref()
        .map(Big::to_amount);
    let max_priority_fee = premium.unwrap_or_else(|| match &cap {
        Some(cap) => fees::premium().min(cap.clone()),
        None => fees::premium(),
    });
    let max_fee = cap.unwrap_or_else(|| affordable + max_priority_fee.clone());
    Fees::Eip1559 {
        max_fee,
        max_priority_fee,
    }
}

/// What `eth_signTransaction` answers.
#[derive(Serialize)]
pub(in crate::methods) struct Signed {
    raw: Data,
    tx: Transaction,
}

pub(in crate::methods) fn sign_transaction(
    caller: &Caller<'_>,
    transaction: Request,
) -> Result<Signed, Error> {
    let from = sender(caller, &transaction)?;
    let key = caller.node.wallet.eth_key(from);
    let key = key.ok_or_else(|| Error::refused(format!("the node has no key of {from}")))?;
    let unsigned = fill(caller, from, &transaction)?;
    let tx = key
        .sign_eth(unsigned)
        .map_err(|why| Error::refused(why.to_string()))?;
    Ok(shown(from, &tx))
}

/// Fills in what is missing, and leaves the signature to the client.
pub(in crate::methods) fn fill_transaction(
    caller: &Caller<'_>,
    transaction: Request,
) -> Result<Signed, Error> {
    let from = sender(caller, &transaction)?;
    let unsigned = fill(caller, from, &transaction)?;
    let tx = EthTx {
        unsigned,
        v: 0,
        r: [0; 32],
        s: [0; 32],
    };
    Ok(shown(from, &tx))
}

fn shown(from: Address, tx: &EthTx) -> Signed {
    Signed {
        raw: Data(tx.encode()),
        tx: transactions::of_eth(wire_hash(tx.hash()), from, tx),
    }
}
