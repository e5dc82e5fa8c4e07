//! When blocks are made.

use std::time::Duration;

use atoll_chain::Mining;
use serde::Deserialize;

use crate::forms::{Address, Big, Quantity, forms};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::{Caller, now};

/// More than anybody waits for. Null rounds (`atoll_mineNullRounds`) are the quick way far ahead.
const BLOCKS_MAX: u64 = 1_000_000;

/// Makes blocks, so many seconds apart.
pub(in crate::methods) fn mine(
    caller: &Caller<'_>,
    blocks: Option<Quantity>,
    interval: Option<Quantity>,
) -> Result<(), Error> {
    let blocks = blocks.map_or(1, |Quantity(blocks)| blocks);
    if blocks > BLOCKS_MAX {
        return Err(Error::param(
            "blocks",
            &format!("more than {BLOCKS_MAX} at a time"),
        ));
    }
    for block in 0..blocks {
        if let Some(Quantity(seconds)) = interval
            && block > 0
        {
            let next = caller.chain().head().timestamp().saturating_add(seconds);
            set_next_timestamp(caller, next)?;
        }
        caller.chain().mine(now())?;
    }
    Ok(())
}

fn set_next_timestamp(caller: &Caller<'_>, timestamp: u64) -> Result<(), Error> {
    let set = caller.chain().set_next_timestamp(now(), timestamp);
    set.map_err(|why| Error::refused(why.to_string()))
}

/// The same, as Hardhat answers it.
pub(in crate::methods) fn hardhat_mine(
    caller: &Caller<'_>,
    blocks: Option<Quantity>,
    interval: Option<Quantity>,
) -> Result<bool, Error> {
    mine(caller, blocks, interval).map(|()| true)
}

/// What `evm_mine` takes: the time of the block, or that and how many.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "it must be a time, or an object with timestamp and blocks"
)]
pub(in crate::methods) enum MineOptions {
    Time(Quantity),
    Options {
        timestamp: Option<Quantity>,
        blocks: Option<Quantity>,
    },
}

forms! {
    MineOptions: "a time, or an object with timestamp and blocks" [Number, String, Object];
}

pub(in crate::methods) fn evm_mine(
    caller: &Caller<'_>,
    options: Option<MineOptions>,
) -> Result<&'static str, Error> {
    let (timestamp, blocks) = match options {
        None => (None, None),
        Some(MineOptions::Time(time)) => (Some(time), None),
        Some(MineOptions::Options { timestamp, blocks }) => (timestamp, blocks),
    };
    if let Some(Quantity(timestamp)) = timestamp {
        set_next_timestamp(caller, timestamp)?;
    }
    mine(caller, blocks, None)?;
    Ok("0x0") // Ganache's answer, kept by all after it.
}

pub(in crate::methods) fn automine(caller: &Caller<'_>) -> Result<bool, Error> {
    Ok(caller.chain().mining() == Mining::OnSubmission)
}

pub(in crate::methods) fn set_automine(caller: &Caller<'_>, enabled: bool) -> Result<bool, Error> {
    let chain = caller.chain();
    if enabled {
        chain.set_mining(Mining::OnSubmission);
        chain.mine_ready(now())?;
    } else {
        chain.set_mining(Mining::OnRequest);
    }
    Ok(true)
}

/// Seconds between blocks, if there is a clock that makes them.
pub(in crate::methods) fn interval(caller: &Caller<'_>) -> Result<Option<u64>, Error> {
    Ok(match caller.chain().mining() {
        Mining::Every(interval) => Some(interval.as_secs()),
        Mining::OnSubmission | Mining::OnRequest => None,
    })
}

/// Makes a block every so many seconds, and none in between; zero stops that.
pub(in crate::methods) fn set_interval(
    caller: &Caller<'_>,
    seconds: Quantity,
) -> Result<(), Error> {
    set_every(caller, Duration::from_secs(seconds.0));
    Ok(())
}

/// The same in milliseconds, as Hardhat has it.
pub(in crate::methods) fn set_interval_millis(
    caller: &Caller<'_>,
    milliseconds: Quantity,
) -> Result<bool, Error> {
    set_every(caller, Duration::from_millis(milliseconds.0));
    Ok(true)
}

fn set_every(caller: &Caller<'_>, interval: Duration) {
    caller.chain().set_mining(match interval.is_zero() {
        true => Mining::OnRequest,
        false => Mining::Every(interval),
    });
}

pub(in crate::methods) fn set_next_base_fee(
    caller: &Caller<'_>,
    base_fee: Big,
) -> Result<bool, Error> {
    if u128::try_from(&base_fee.0).is_err() {
        return Err(Error::param(
            "base_fee",
            "it is 2^128 or more, far beyond all FIL",
        ));
    }
    caller.chain().set_next_base_fee(base_fee.to_amount());
    Ok(true)
}

/// Who earns. What is no miner actor earns nothing, as its rewards are burnt.
pub(in crate::methods) fn set_coinbase(
    caller: &Caller<'_>,
    address: Address,
) -> Result<bool, Error> {
    let chain = caller.chain();
    let address = eth::eth_address(address).to_filecoin();
    let id = chain.state(&chain.head())?.resolve(&address)?;
    let id = id.ok_or_else(|| Error::refused("nobody is at this address"))?;
    chain.set_terms(|terms| terms.miner = fvm_shared::address::Address::new_id(id))?;
    Ok(true)
}

pub(in crate::methods) fn set_chain_id(
    caller: &Caller<'_>,
    chain_id: Quantity,
) -> Result<(), Error> {
    caller
        .chain()
        .set_terms(|terms| terms.chain_id = chain_id.0)?;
    Ok(())
}
