//! Prints calls and what they cost, for people and for programs.

use std::io::{self, Write};

use atoll_actors::evm::method::INVOKE_CONTRACT;
use atoll_vm::Block;
use fvm_ipld_encoding::{CBOR, DAG_CBOR};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::event::StampedEvent;
use ipld_core::ipld::Ipld;
use serde_json::{Value, json};

use super::names::{Names, contract_bytes};
use super::{Call, End, Story};
use crate::abi::Signature;
use crate::style::{BAD, FAINT, GOOD, NAME, PALE};
use crate::{amount, ipld};

/// Prints what gas was spent on, the largest causes first, at most so many.
pub fn print_gas(story: &Story, causes_max: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut causes: Vec<_> = story
        .gas
        .iter()
        .filter(|(_, spent)| !spent.gas.is_zero())
        .collect();
    // The largest first; equal ones by name, so that the order is always the same.
    causes.sort_by(|(a, x), (b, y)| y.gas.cmp(&x.gas).then(a.cmp(b)));
    let rest = causes.split_off(causes.len().min(causes_max));
    for (name, spent) in causes {
        let times = if spent.charges == 1 {
            String::new()
        } else {
            format!(" x{}", spent.charges)
        };
        writeln!(
            out,
            "            {FAINT}{:>15}  {name}{times}{FAINT:#}",
            group(spent.gas.round_up())
        )?;
    }
    if !rest.is_empty() {
        let gas: u64 = rest
            .iter()
            .map(|(_, spent)| spent.gas.milligas())
            .sum::<u64>()
            / 1000;
        writeln!(
            out,
            "            {FAINT}{:>15}  {} other causes{FAINT:#}",
            group(gas),
            rest.len()
        )?;
    }
    Ok(())
}

/// Prints a call and those made from it, each a level deeper.
pub fn print_call(names: &Names, call: &Call, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    let code = call.callee.as_ref().map(|(_, code)| code);
    let kind = code.and_then(|code| names.code(code)).unwrap_or("?");
    let to = match call.callee {
        Some((id, _)) => names.actor(id),
        None => names.address(&call.to),
    };
    let kind = if kind == to {
        String::new()
    } else {
        format!(" {FAINT}{kind}{FAINT:#}")
    };
    let known = names.known_method(code, call.method);
    let method = names.method(code, call.method);
    let read_only = if call.read_only { " read-only" } else { "" };
    let value = show_value(&call.value);
    let gas = group(call.gas.round_up());
    let end = match &call.end {
        Some(End::Returned(code, _)) if code.is_success() => format!("{GOOD}ok{GOOD:#}"),
        Some(End::Returned(code, _)) => format!("{BAD}exit {code}{BAD:#}"),
        Some(End::Refused(refusal)) => {
            format!("{BAD}{:?}{BAD:#} {}", refusal.number, refusal.words)
        }
        None => format!("{BAD}cut off{BAD:#}"),
    };
    writeln!(
        out,
        "{indent}{NAME}{to}{NAME:#}{kind} {method}{read_only}{value}  {end} {FAINT}{gas} gas{FAINT:#}"
    )?;
    let params = call.params.as_ref();
    let asked = params.and_then(|block| names.asked(call.method, block.codec, &block.data));
    let (signature, asked) = asked.unzip();
    if let Some(params) = params {
        let typed = || (known?.params.show)(&params.data).ok();
        let shown = asked.or_else(typed).unwrap_or_else(|| show_block(params));
        writeln!(out, "{indent}  {FAINT}in{FAINT:#}  {shown}")?;
    }
    for words in &call.said {
        writeln!(out, "{indent}  {FAINT}log{FAINT:#} {words}")?;
    }
    for call in &call.calls {
        print_call(names, call, depth + 1, out)?;
    }
    for event in &call.events {
        let shown = names.said(event).unwrap_or_else(|| show_entries(event));
        writeln!(out, "{indent}  {PALE}event{PALE:#} {shown}")?;
    }
    if let Some(End::Returned(code, Some(data))) = &call.end {
        let succeeded = code.is_success();
        let answer = match call.method {
            INVOKE_CONTRACT => show_answer(names, signature, *code, data.codec, &data.data),
            _ if succeeded => known.and_then(|method| (method.returns.show)(&data.data).ok()),
            _ => None,
        };
        let shown = answer.unwrap_or_else(|| show_block(data));
        let colour = if succeeded { FAINT } else { BAD };
        if !shown.is_empty() {
            writeln!(
                out,
                "{indent}  {FAINT}out{FAINT:#} {colour}{shown}{colour:#}"
            )?;
        }
    }
    Ok(())
}

/// A block of a trace: what it says, or its bytes if that is not to be told.
fn show_block(block: &Block) -> String {
    match decode(block.codec, &block.data) {
        Some(value) => ipld::show(&value),
        None => show_hex(&block.data),
    }
}

/// An event entry by entry.
#[must_use]
pub fn show_entries(event: &StampedEvent) -> String {
    let entries = event
        .event
        .entries
        .iter()
        .map(|entry| format!("{}={}", entry.key, show_data(entry.codec, &entry.value)));
    entries.collect::<Vec<_>>().join(", ")
}

/// What goes along with a call, if anything does.
#[must_use]
pub fn show_value(value: &TokenAmount) -> String {
    if value.is_zero() {
        String::new()
    } else {
        format!(" with {}", amount::show(value))
    }
}

/// What data says, if it is CBOR, and its bytes.
#[must_use]
pub fn show_data(codec: u64, data: &[u8]) -> String {
    let hex = show_hex(data);
    match decode(codec, data) {
        Some(value) => format!("{}  {FAINT}{hex}{FAINT:#}", ipld::show(&value)),
        None => hex,
    }
}

fn decode(codec: u64, data: &[u8]) -> Option<Ipld> {
    let is_cbor = matches!(codec, CBOR | DAG_CBOR);
    is_cbor
        .then(|| fvm_ipld_encoding::from_slice(data).ok())
        .flatten()
}

/// What a contract answers, if that can be told in Solidity's terms.
#[must_use]
pub fn show_answer(
    names: &Names,
    signature: Option<&Signature>,
    exit: ExitCode,
    codec: u64,
    data: &[u8],
) -> Option<String> {
    let bytes = contract_bytes(codec, data);
    if exit.is_success() {
        signature?.show_return(&bytes)
    } else {
        names.contracts.show_revert(&bytes)
    }
}

/// Bytes in hex, cut where they get long.
#[must_use]
pub fn show_hex(data: &[u8]) -> String {
    const LONG: usize = 64;
    match data.get(..LONG) {
        Some(head) if data.len() > LONG => {
            format!("0x{}... ({} bytes)", hex::encode(head), data.len())
        }
        _ => format!("0x{}", hex::encode(data)),
    }
}

/// A call for programs.
#[must_use]
pub fn call_json(call: &Call) -> Value {
    let block = |block: &Option<Block>| {
        block
            .as_ref()
            .map(|block| json!({ "codec": block.codec, "hex": hex::encode(&block.data) }))
    };
    let (exit_code, returned, refused) = match &call.end {
        Some(End::Returned(code, data)) => (Some(code.value()), block(data), None),
        Some(End::Refused(refusal)) => (None, None, Some(refusal.number as u32)),
        None => (None, None, None),
    };
    json!({
        "from": call.from,
        "to": call.to.to_string(),
        "id": call.callee.map(|(id, _)| id),
        "code": call.callee.map(|(_, code)| code.to_string()),
        "method": call.method,
        "params": block(&call.params),
        "value": call.value.atto().to_string(),
        "read_only": call.read_only,
        "milligas": call.gas.milligas(),
        "exit_code": exit_code,
        "return": returned,
        "refused": refused,
        "log": call.said,
        "events": call.events.iter().map(event_json).collect::<Vec<_>>(),
        "calls": call.calls.iter().map(call_json).collect::<Vec<_>>(),
    })
}

/// An event for programs.
#[must_use]
pub fn event_json(event: &StampedEvent) -> Value {
    let entries = event.event.entries.iter().map(|entry| {
        json!({
            "flags": entry.flags.bits(),
            "key": entry.key,
            "codec": entry.codec,
            "value": hex::encode(&entry.value),
        })
    });
    json!({ "emitter": event.emitter, "entries": entries.collect::<Vec<_>>() })
}

/// A number in groups of three digits.
#[must_use]
pub fn group(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut shown = digits[..first].to_owned();
    for start in (first..digits.len()).step_by(3) {
        if !shown.is_empty() {
            shown.push(',');
        }
        shown.push_str(&digits[start..start + 3]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(group(0), "0");
        assert_eq!(group(999), "999");
        assert_eq!(group(1000), "1,000");
        assert_eq!(group(12_345_678), "12,345,678");
    }
}
