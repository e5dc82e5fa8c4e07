//! `eth_simulateV1`: blocks of calls that build on each other.

use atoll_chain::base_fee::BLOCK_GAS_LIMIT;
use atoll_chain::call::eth_output;
use atoll_chain::eth_tx::{Fees, Unsigned};
use atoll_chain::log::log_of_event;
use atoll_chain::{CallRequest, Overrides, Tipset, Trial};
use atoll_vm::Applied;
use fvm_shared::econ::TokenAmount;
use serde::{Deserialize, Serialize};

use crate::forms::hex::Fixed;
use crate::forms::overrides::{BlockOverrides, StateOverrides};
use crate::forms::transaction::Request;
use crate::forms::{Address, Big, BlockId, Data, Hash, Quantity, forms};
use crate::jsonrpc::error::Error;
use crate::methods::keccak;
use crate::methods::trace::frames::{FrameKind, Reader};
use crate::node::Caller;

use super::blocks::{self, Header};
use super::calls::{apply_error, change_account, check_account, created_code, failure, request};
use super::transactions::Transaction;
use super::{number, trial_on, wire_address};

/// What to simulate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Payload {
    #[serde(default)]
    block_state_calls: Vec<BlockCalls>,
    #[serde(default)]
    validation: bool,
    #[serde(default)]
    trace_transfers: bool,
    #[serde(default)]
    return_full_transactions: bool,
}

/// A block of calls.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockCalls {
    block_overrides: Option<BlockOverrides>,
    state_overrides: Option<StateOverrides>,
    #[serde(default)]
    calls: Vec<Request>,
}

forms! {
    Payload: "an object with blockStateCalls" [Object];
}

/// A block that was simulated.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Simulated {
    #[serde(flatten)]
    header: Header,
    size: Quantity,
    transactions: Vec<Shown>,
    uncles: [Hash; 0],
    calls: Vec<CallResult>,
}

/// A call as a transaction, by its hash or whole.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Hash(Hash),
    Whole(Box<Transaction>),
}

/// What a call did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult {
    status: Quantity,
    return_data: Data,
    gas_used: Quantity,
    logs: Vec<SimulatedLog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SimulatedLog {
    address: Address,
    topics: Vec<Hash>,
    data: Data,
    block_hash: Hash,
    block_number: Quantity,
    transaction_hash: Hash,
    transaction_index: Quantity,
    log_index: Quantity,
    removed: bool,
}

/// The standard's limit of blocks.
const BLOCKS_MAX: usize = 256;
/// So many calls in all.
const CALLS_MAX: usize = 10_000;

/// Epoch, time and base fee of a simulated block.
struct Place {
    epoch: i64,
    timestamp: u64,
    base_fee: TokenAmount,
}

pub(in crate::methods) fn simulate(
    caller: &Caller<'_>,
    payload: Payload,
    block: Option<BlockId>,
) -> Result<Vec<Simulated>, Error> {
    check_payload(&payload)?;
    let overrides = Overrides {
        tracing: payload.trace_transfers,
        ..Overrides::default()
    };
    let (base, mut trial) = trial_on(caller, block, &overrides)?;
    let terms = caller.chain().terms();
    let (seconds, chain_id) = (terms.epoch_seconds, terms.chain_id);
    let mut last = Place {
        epoch: base.epoch(),
        timestamp: base.timestamp(),
        base_fee: base.base_fee().clone(),
    };
    let mut parent = super::wire_hash(base.hash);
    let mut simulated = Vec::new();
    for calls in &payload.block_state_calls {
        let place = place_after(&last, seconds, calls.block_overrides.as_ref())?;
        trial.set_block(place.epoch, place.timestamp, place.base_fee.clone())?;
        let block = simulate_block(
            &mut trial,
            (&base, chain_id),
            &payload,
            calls,
            &place,
            parent,
        )?;
        parent = block.header.hash;
        simulated.push(block);
        last = place;
    }
    Ok(simulated)
}

fn check_payload(payload: &Payload) -> Result<(), Error> {
    if payload.block_state_calls.len() > BLOCKS_MAX {
        return Err(Error::limit(format!("more than {BLOCKS_MAX} blocks")));
    }
    let calls = payload
        .block_state_calls
        .iter()
        .map(|block| block.calls.len());
    if calls.sum::<usize>() > CALLS_MAX {
        return Err(Error::limit(format!("more than {CALLS_MAX} calls")));
    }
    for block in &payload.block_state_calls {
        if let Some(overrides) = &block.block_overrides {
            overrides
                .check()
                .map_err(|why| Error::param("payload", why))?;
        }
        if let Some(StateOverrides(accounts)) = &block.state_overrides {
            accounts.values().try_for_each(check_account)?;
        }
    }
    Ok(())
}

/// One epoch later, unless the block says otherwise. Epochs in between are null rounds.
fn place_after(
    last: &Place,
    seconds: u64,
    overrides: Option<&BlockOverrides>,
) -> Result<Place, Error> {
    let number = overrides.and_then(|overrides| overrides.number);
    let epoch = match number {
        Some(Quantity(number)) => i64::try_from(number).unwrap_or(i64::MAX),
        None => last.epoch.saturating_add(1),
    };
    if epoch <= last.epoch {
        return Err(Error::block_order(format!(
            "block numbers must be in order: {epoch} <= {}",
            last.epoch
        )));
    }
    let time = overrides.and_then(|overrides| overrides.time);
    let timestamp = match time {
        Some(Quantity(time)) => time,
        None => last.timestamp.saturating_add(seconds),
    };
    if timestamp <= last.timestamp {
        return Err(Error::block_time(format!(
            "block timestamps must be in order: {timestamp} <= {}",
            last.timestamp
        )));
    }
    let base_fee = overrides.and_then(|overrides| overrides.base_fee_per_gas.as_ref());
    Ok(Place {
        epoch,
        timestamp,
        base_fee: base_fee.map_or_else(|| last.base_fee.clone(), Big::to_amount),
    })
}

fn simulate_block(
    trial: &mut Trial<'_>,
    (base, chain_id): (&Tipset, u64),
    payload: &Payload,
    block: &BlockCalls,
    place: &Place,
    parent: Hash,
) -> Result<Simulated, Error> {
    if let Some(StateOverrides(accounts)) = &block.state_overrides {
        for (address, account) in accounts {
            let changed = change_account(&mut trial.edit(), *address, account);
            changed.map_err(|fatal| Error::refused(fatal.to_string()))?;
        }
    }
    // It has no signatures and no roots, so that its name can only say where it stands.
    let epoch = place.epoch.to_be_bytes();
    let hash = Fixed(keccak(&[&parent.0[..], &epoch].concat()));
    let mut gas_used = 0u64;
    let mut logs_before = 0;
    let mut calls = Vec::new();
    let mut transactions = Vec::new();
    for (index, call) in block.calls.iter().enumerate() {
        let mut request = request(call)?;
        let left = BLOCK_GAS_LIMIT.saturating_sub(gas_used);
        request.gas_limit = Some(request.gas_limit.unwrap_or(left));
        if payload.validation {
            validate(trial, call, &request, place)?;
        }
        let nonce = match call.nonce {
            Some(Quantity(nonce)) => nonce,
            None => trial.state().nonce(&request.from)?,
        };
        let applied = trial.apply(&request).map_err(apply_error)?;
        gas_used = gas_used.saturating_add(applied.receipt.gas_used);
        let transaction = Fixed(keccak(
            &[&hash.0[..], &(index as u64).to_be_bytes()].concat(),
        ));
        // Only a traced call has transfers. The trace does not say which came first, a transfer or
        // a log; transfers are shown first.
        let mut logs = transfers_of(trial, call, &applied)?;
        logs.append(&mut logs_of(trial, &applied)?);
        for (place_in_call, log) in logs.iter_mut().enumerate() {
            log.block_hash = hash;
            log.block_number = number(place.epoch);
            log.transaction_hash = transaction;
            log.transaction_index = Quantity(index as u64);
            log.log_index = Quantity((logs_before + place_in_call) as u64);
        }
        logs_before += logs.len();
        transactions.push(match payload.return_full_transactions {
            false => Shown::Hash(transaction),
            true => {
                let from = call.from.unwrap_or(Address::ZERO);
                let unsigned = unsigned(call, &request, nonce, chain_id);
                let whole = Transaction::simulated(transaction, from, unsigned);
                let time = Quantity(place.timestamp);
                let whole = whole.placed(hash, number(place.epoch), time, index);
                Shown::Whole(Box::new(whole))
            }
        });
        let success = applied.receipt.exit_code.is_success();
        calls.push(CallResult {
            status: Quantity(u64::from(success)),
            return_data: Data(match call.to {
                None if success => created_code(trial, &applied)?,
                _ => eth_output(&applied),
            }),
            gas_used: Quantity(applied.receipt.gas_used),
            logs,
            error: (!success).then(|| failure(&applied)),
        });
    }
    Ok(Simulated {
        header: Header {
            hash,
            parent_hash: parent,
            number: number(place.epoch),
            timestamp: Quantity(place.timestamp),
            base_fee_per_gas: Big::of(&place.base_fee),
            gas_used: Quantity(gas_used),
            ..blocks::header(base)
        },
        size: Quantity(0),
        transactions,
        uncles: [],
        calls,
    })
}

/// The transaction that a call would be if somebody signed it: of the newer kind, if it does not
/// say otherwise, and for nothing, if it names no price.
fn unsigned(call: &Request, request: &CallRequest, nonce: u64, chain_id: u64) -> Unsigned {
    let price = |price: Option<&Big>| price.map_or_else(TokenAmount::default, Big::to_amount);
    Unsigned {
        chain_id,
        nonce,
        fees: match &call.gas_price {
            Some(gas_price) => Fees::Eip155 {
                gas_price: gas_price.to_amount(),
            },
            None => Fees::Eip1559 {
                max_fee: price(call.max_fee_per_gas.as_ref()),
                max_priority_fee: price(call.max_priority_fee_per_gas.as_ref()),
            },
        },
        gas_limit: request.gas_limit.unwrap_or_default(),
        to: call.to.map(super::eth_address),
        value: request.value.clone(),
        input: call.payload().unwrap_or_default().to_vec(),
    }
}

/// Could the call be a transaction? Its fees are looked at, but not taken.
fn validate(
    trial: &mut Trial<'_>,
    call: &Request,
    request: &CallRequest,
    place: &Place,
) -> Result<(), Error> {
    let nonce = trial.state().nonce(&request.from)?;
    match call.nonce {
        Some(Quantity(given)) if given < nonce => {
            return Err(Error::nonce_too_low(format!(
                "nonce too low: {given}, the next is {nonce}"
            )));
        }
        Some(Quantity(given)) if given > nonce => {
            return Err(Error::nonce_too_high(format!(
                "nonce too high: {given}, the next is {nonce}"
            )));
        }
        _ => {}
    }
    let offered = call.max_fee_per_gas.as_ref().or(call.gas_price.as_ref());
    let offered = offered.map_or_else(TokenAmount::default, Big::to_amount);
    if offered < place.base_fee {
        return Err(Error::fee_too_low(format!(
            "max fee per gas less than block base fee: {} < {}",
            offered.atto(),
            place.base_fee.atto()
        )));
    }
    let gas = request.gas_limit.unwrap_or_default();
    let needed = &offered * gas + &request.value;
    let balance = trial.state().balance(&request.from)?.to_token();
    if balance < needed {
        return Err(Error::funds_too_low(format!(
            "insufficient funds for gas * price + value: have {}, want {}",
            balance.atto(),
            needed.atto()
        )));
    }
    Ok(())
}

fn logs_of(trial: &mut Trial<'_>, applied: &Applied) -> Result<Vec<SimulatedLog>, Error> {
    let mut logs = Vec::new();
    for event in &applied.events {
        let Some((topics, data)) = log_of_event(&event.event) else {
            continue;
        };
        let emitter = fvm_shared::address::Address::new_id(event.emitter);
        let address = trial.state().eth_address(&emitter)?;
        logs.push(SimulatedLog::nowhere(
            address.map_or(Fixed::ZERO, wire_address),
            topics.iter().map(|topic| Fixed(topic.0)).collect(),
            data,
        ));
    }
    Ok(logs)
}

/// The transfers of value within a traced call, as logs of a token would be: what a simulation
/// with `traceTransfers` shows.
fn transfers_of(
    trial: &mut Trial<'_>,
    call: &Request,
    applied: &Applied,
) -> Result<Vec<SimulatedLog>, Error> {
    if applied.trace.is_empty() || !applied.receipt.exit_code.is_success() {
        return Ok(Vec::new());
    }
    let from = call.from.unwrap_or(Address::ZERO);
    let frame = Reader::new(trial.state()).read(applied, from, call.to)?;
    let mut transfers = Vec::new();
    let mut waiting = vec![&frame];
    while let Some(frame) = waiting.pop() {
        if frame.error.is_some() {
            continue;
        }
        waiting.extend(frame.calls.iter().rev());
        let moves = frame.kind != FrameKind::DelegateCall && frame.value.is_positive();
        if let Some(to) = frame.to.filter(|_| moves) {
            let Big(value) = Big::of(&frame.value);
            transfers.push(SimulatedLog::nowhere(
                Fixed([0xee; 20]),
                vec![
                    Fixed(keccak(b"Transfer(address,address,uint256)")),
                    word(&frame.from.0),
                    word(&to.0),
                ],
                word(&value.to_bytes_be()).0.to_vec(),
            ));
        }
    }
    Ok(transfers)
}

/// Bytes as the end of a word. Amounts have at most 32.
fn word(bytes: &[u8]) -> Hash {
    let mut word = [0; 32];
    let start = 32usize.saturating_sub(bytes.len());
    word[start..].copy_from_slice(&bytes[bytes.len().saturating_sub(32)..]);
    Fixed(word)
}

impl SimulatedLog {
    /// A log that is not placed in its block yet.
    fn nowhere(address: Address, topics: Vec<Hash>, data: Vec<u8>) -> Self {
        Self {
            address,
            topics,
            data: Data(data),
            block_hash: Fixed::ZERO,
            block_number: Quantity(0),
            transaction_hash: Fixed::ZERO,
            transaction_index: Quantity(0),
            log_index: Quantity(0),
            removed: false,
        }
    }
}
