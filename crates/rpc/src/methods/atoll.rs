//! `atoll_`: what only a chain for Filecoin's developers needs.

pub(super) mod storage;

use std::collections::BTreeMap;

use atoll_chain::KeepMessages;
use atoll_vm::trace::TraceEvent;
use fvm_shared::econ::TokenAmount;
use fvm_shared::version::NetworkVersion;
use serde::Serialize;

use crate::forms::filecoin::{Address, BigDecimal};
use crate::forms::{Hash, Quantity, Word};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::{Caller, now};

/// More than anybody waits for.
const EPOCHS_MAX: u64 = 1_000_000;

/// Makes so many tipsets, one an epoch.
pub(super) fn mine(caller: &Caller<'_>, epochs: Option<Quantity>) -> Result<Quantity, Error> {
    let epochs = bounded(epochs)?;
    for _ in 0..epochs {
        caller.chain().mine(now())?;
    }
    Ok(eth::number(caller.chain().head().epoch()))
}

/// Lets so many epochs pass without a block, and makes one after them. Answers its epoch.
pub(super) fn mine_null_rounds(
    caller: &Caller<'_>,
    rounds: Option<Quantity>,
) -> Result<Quantity, Error> {
    let tipset = caller.chain().mine_after(now(), bounded(rounds)?)?;
    Ok(eth::number(tipset.epoch()))
}

fn bounded(epochs: Option<Quantity>) -> Result<u64, Error> {
    match epochs.map_or(1, |Quantity(epochs)| epochs) {
        epochs if epochs > EPOCHS_MAX => Err(Error::param(
            "epochs",
            &format!("more than {EPOCHS_MAX} at a time"),
        )),
        epochs => Ok(epochs),
    }
}

/// Replaces the last tipsets by as many others, with or without their messages.
pub(super) fn reorg(
    caller: &Caller<'_>,
    depth: Quantity,
    keep_messages: Option<bool>,
) -> Result<Quantity, Error> {
    let chain = caller.chain();
    let head = u64::try_from(chain.head().epoch()).unwrap_or_default();
    let depth = usize::try_from(depth.0)
        .ok()
        .filter(|depth| *depth as u64 <= head);
    let depth = depth
        .ok_or_else(|| Error::param("depth", &format!("the chain is only {head} epochs long")))?;
    let keep = match keep_messages {
        Some(false) => KeepMessages::No,
        Some(true) | None => KeepMessages::Yes,
    };
    chain.reorg(depth, keep, now())?;
    Ok(eth::number(chain.head().epoch()))
}

/// Puts a value into the beacon's mouth for an epoch; without a value it speaks for itself again.
pub(super) fn set_beacon(
    caller: &Caller<'_>,
    epoch: Quantity,
    value: Option<Word>,
) -> Result<bool, Error> {
    let epoch = i64::try_from(epoch.0).map_err(|_| Error::param("epoch", "no epoch is so late"))?;
    caller
        .chain()
        .set_beacon(epoch, value.map(|Word(value)| value))?;
    Ok(true)
}

/// Sets the FIL in circulation, in attoFIL.
pub(super) fn set_circulating_supply(
    caller: &Caller<'_>,
    amount: BigDecimal,
) -> Result<bool, Error> {
    let supply = TokenAmount::from_atto(amount.0);
    if supply.is_negative() || u128::try_from(supply.atto()).is_err() {
        return Err(Error::param("amount", "it is negative, or 2^128 or more"));
    }
    caller
        .chain()
        .set_terms(|terms| terms.supply.fixed = Some(supply))?;
    Ok(true)
}

/// Runs the network at another version from the next tipset on. The actors stay the same.
pub(super) fn set_network_version(caller: &Caller<'_>, version: Quantity) -> Result<bool, Error> {
    let version = u32::try_from(version.0).map(NetworkVersion::new);
    let known = version
        .ok()
        .filter(|version| atoll_vm::rules::Rules::of(*version).is_some());
    let version = known
        .ok_or_else(|| Error::param("version", "the machine does not know this network version"))?;
    caller
        .chain()
        .set_terms(|terms| terms.network_version = version)?;
    Ok(true)
}

/// What one thing cost.
#[derive(Default, Serialize)]
pub(super) struct Spent {
    /// How many charges.
    charges: u64,
    /// How much gas altogether, in thousandths: charges are no whole numbers of gas.
    milligas: u64,
}

/// The gas of a message by what it was charged for.
pub(super) fn gas_breakdown(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<BTreeMap<String, Spent>, Error> {
    let chain = caller.chain();
    let found = chain.message(&eth::chain_hash(hash));
    let (tipset, executed) = found.ok_or_else(|| Error::refused("transaction not found"))?;
    let replayed = chain.replay(&tipset)?;
    let applied = replayed.applied.get(executed.index);
    let applied = applied.ok_or_else(|| Error::internal("the replay lacks the message"))?;
    let mut all: BTreeMap<String, Spent> = BTreeMap::new();
    for event in &applied.trace {
        if let TraceEvent::Charge(charge) = event {
            let spent = all.entry(charge.name.to_string()).or_default();
            spent.charges += 1;
            spent.milligas += charge.total().milligas();
        }
    }
    Ok(all)
}

/// An address in all its forms.
#[derive(Serialize)]
pub(super) struct Forms {
    id: Option<Address>,
    key: Option<Address>,
    delegated: Option<Address>,
    ethereum: Option<crate::forms::Address>,
    actor: Option<String>,
}

pub(super) fn address(caller: &Caller<'_>, address: String) -> Result<Forms, Error> {
    let quoted = serde_json::Value::String(address).to_string();
    let filecoin = match serde_json::from_str::<crate::forms::Address>(&quoted) {
        Ok(ethereum) => eth::eth_address(ethereum).to_filecoin(),
        Err(_) => {
            let parsed: Result<Address, _> = serde_json::from_str(&quoted);
            parsed
                .map_err(|_| Error::param("address", "it is neither 0x nor f or t"))?
                .0
        }
    };
    let chain = caller.chain();
    let mut state = chain.state(&chain.head())?;
    let found = state.actor(&filecoin)?;
    let actor = found
        .as_ref()
        .and_then(|(_, actor)| state.name_of_code(&actor.code));
    Ok(Forms {
        id: found
            .as_ref()
            .map(|(id, _)| Address(fvm_shared::address::Address::new_id(*id))),
        key: state.key_address(&filecoin)?.map(Address),
        delegated: found
            .and_then(|(_, actor)| actor.delegated_address)
            .map(Address),
        ethereum: state.eth_address(&filecoin)?.map(eth::wire_address),
        actor,
    })
}
