//! The chain's clock.

use crate::forms::Quantity;
use crate::jsonrpc::error::Error;
use crate::node::{Caller, now};

fn seconds(seconds: Quantity) -> Result<i64, Error> {
    // So far that no sum of it and the time overflows.
    const SECONDS_MAX: u64 = 1 << 53;
    if seconds.0 > SECONDS_MAX {
        return Err(Error::param("seconds", "too far ahead"));
    }
    i64::try_from(seconds.0).map_err(|_| Error::param("seconds", "too far ahead"))
}

/// Puts the clock ahead. Answers how far ahead it is in all.
pub(in crate::methods) fn increase(caller: &Caller<'_>, by: Quantity) -> Result<i64, Error> {
    Ok(caller.chain().advance_time(seconds(by)?))
}

/// Sets the clock. Answers how far it moved.
pub(in crate::methods) fn set(caller: &Caller<'_>, time: Quantity) -> Result<i64, Error> {
    // Ethers, web3 and Hardhat give milliseconds where they mean JavaScript's clock.
    const MILLISECONDS_FROM: u64 = 1_000_000_000_000;
    let time = if time.0 >= MILLISECONDS_FROM {
        time.0 / 1000
    } else {
        time.0
    };
    seconds(Quantity(time))?;
    let now = now();
    let chain = caller.chain();
    let before = i64::try_from(chain.next_timestamp(now)).unwrap_or(i64::MAX);
    chain.set_time(now, time);
    let after = i64::try_from(chain.next_timestamp(now)).unwrap_or(i64::MAX);
    Ok(after - before)
}

pub(in crate::methods) fn set_next(caller: &Caller<'_>, timestamp: Quantity) -> Result<(), Error> {
    seconds(timestamp)?;
    let set = caller.chain().set_next_timestamp(now(), timestamp.0);
    set.map_err(|why| Error::refused(why.to_string()))
}

pub(in crate::methods) fn set_interval(
    caller: &Caller<'_>,
    seconds_between: Quantity,
) -> Result<(), Error> {
    seconds(seconds_between)?;
    caller
        .chain()
        .set_timestamp_interval(Some(seconds_between.0));
    Ok(())
}

pub(in crate::methods) fn remove_interval(caller: &Caller<'_>) -> Result<bool, Error> {
    caller.chain().set_timestamp_interval(None);
    Ok(true)
}
