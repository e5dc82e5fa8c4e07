//! Prints what messages did, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use atoll_actors::evm::method::INVOKE_CONTRACT;
use atoll_actors::{ActorKind, registry};
use atoll_vm::{Applied, Block, Fees};
use cid::Cid;
use fvm_ipld_encoding::{BytesDe, CBOR, DAG_CBOR};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::event::StampedEvent;
use fvm_shared::message::Message;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};
use ipld_core::ipld::Ipld;
use serde_json::{Value, json};

use super::input::ethereum_address;
use super::tree::{Call, End, Story};
use crate::abi::Signature;
use crate::style::{BAD, BOLD, FAINT, GOOD, NAME};
use crate::{abi, amount, ipld};

/// Names for what the machine knows by number.
#[derive(Debug, Default)]
pub struct Names {
    /// Actors by id, as the file calls them.
    pub actors: BTreeMap<ActorID, String>,
    /// Addresses, as the file calls them.
    pub addresses: BTreeMap<Address, String>,
    /// Codes, as the bundle or the file calls them.
    pub codes: BTreeMap<Cid, String>,
    /// Functions of contracts that are told by name.
    pub signatures: Vec<Signature>,
}

/// A message and what it did.
pub struct Done<'a> {
    /// Its place in the file, from 1.
    pub number: usize,
    /// What the file calls it.
    pub title: Option<&'a str>,
    /// The message.
    pub message: &'a Message,
    /// The kind of the receiver, if it is there.
    pub receiver: Option<Cid>,
    /// What became of it.
    pub applied: &'a Applied,
    /// What happened on the way.
    pub story: &'a Story,
}

impl Names {
    fn actor(&self, id: ActorID) -> String {
        match self.actors.get(&id) {
            Some(name) => name.clone(),
            None => format!("f0{id}"),
        }
    }

    fn address(&self, address: &Address) -> String {
        if let Some(name) = self.addresses.get(address) {
            return name.clone();
        }
        match address.id() {
            Ok(id) => self.actor(id),
            Err(_) => ethereum_address(address).unwrap_or_else(|| address.to_string()),
        }
    }

    /// What a code is called.
    #[must_use]
    pub fn code(&self, code: &Cid) -> Option<&str> {
        self.codes.get(code).map(String::as_str)
    }

    /// What a contract is asked, if that is a function known.
    fn asked(&self, method: MethodNum, codec: u64, params: &[u8]) -> Option<(&Signature, String)> {
        if method != INVOKE_CONTRACT {
            return None;
        }
        let calldata = contract_bytes(codec, params);
        self.signatures
            .iter()
            .find_map(|signature| Some((signature, signature.show_call(&calldata)?)))
    }

    fn method(&self, code: Option<&Cid>, number: MethodNum) -> String {
        let known = code
            .and_then(|code| self.code(code))
            .and_then(kind_of_name)
            .and_then(registry::actor)
            .and_then(|actor| actor.method(number));
        match (known, number) {
            (_, METHOD_SEND) => "Send".to_owned(),
            (Some(method), _) => format!("{}({number})", method.name),
            (None, METHOD_CONSTRUCTOR) => format!("Constructor({number})"),
            (None, INVOKE_CONTRACT) => "InvokeContract".to_owned(),
            (None, _) => format!("method {number}"),
        }
    }
}

/// The kind of built-in actor that a manifest calls so.
#[must_use]
pub fn kind_of_name(name: &str) -> Option<ActorKind> {
    ActorKind::ALL.into_iter().find(|kind| kind.name() == name)
}

impl Done<'_> {
    /// Prints the message for people.
    pub fn print(&self, names: &Names, trace: bool, out: &mut dyn Write) -> io::Result<()> {
        self.print_heading(names, out)?;
        let Applied {
            receipt,
            return_codec,
            events,
            fees,
            failure,
            ..
        } = self.applied;
        let code = receipt.exit_code;
        let colour = if code.is_success() { GOOD } else { BAD };
        writeln!(
            out,
            "  exit      {colour}{}{colour:#}",
            show_exit(code.value())
        )?;
        if let Some(failure) = failure {
            writeln!(out, "  because   {}", failure)?;
        }
        if let Some(codec) = return_codec {
            let data = show_data(*codec, receipt.return_data.bytes());
            writeln!(out, "  returned  {data}")?;
            let asked = names.asked(self.message.method_num, CBOR, self.message.params.bytes());
            let signature = asked.map(|(signature, _)| signature);
            if let Some(answer) = show_answer(signature, code, *codec, receipt.return_data.bytes())
            {
                writeln!(out, "  result    {answer}")?;
            }
        }
        for event in events {
            writeln!(out, "  event     {}", show_event(names, event))?;
        }
        writeln!(
            out,
            "  gas       {} of {}",
            group(receipt.gas_used),
            group(self.message.gas_limit)
        )?;
        print_gas(self.story, out)?;
        print_fees(fees, out)?;
        if trace {
            writeln!(out, "  calls")?;
            for call in &self.story.calls {
                print_call(names, call, 2, out)?;
            }
        }
        writeln!(out)
    }

    fn print_heading(&self, names: &Names, out: &mut dyn Write) -> io::Result<()> {
        let Message {
            from,
            to,
            value,
            method_num,
            ..
        } = self.message;
        let (from, to) = (names.address(from), names.address(to));
        let method = names.method(self.receiver.as_ref(), *method_num);
        let value = show_value(value);
        let number = self.number;
        let title = self
            .title
            .map(|title| format!("  {FAINT}{title}{FAINT:#}"))
            .unwrap_or_default();
        writeln!(
            out,
            "{BOLD}{number}.{BOLD:#} {NAME}{from}{NAME:#} to {NAME}{to}{NAME:#}: {method}{value}{title}"
        )
    }

    /// The message for programs.
    #[must_use]
    pub fn to_json(&self, trace: bool) -> Value {
        let Applied {
            receipt,
            return_codec,
            events,
            fees,
            failure,
            ..
        } = self.applied;
        let gas: BTreeMap<&String, Value> = self
            .story
            .gas
            .iter()
            .map(|(name, spent)| {
                (
                    name,
                    json!({ "charges": spent.charges, "milligas": spent.gas.milligas() }),
                )
            })
            .collect();
        let mut shown = json!({
            "number": self.number,
            "title": self.title,
            "message": {
                "from": self.message.from.to_string(),
                "to": self.message.to.to_string(),
                "sequence": self.message.sequence,
                "value": self.message.value.atto().to_string(),
                "method": self.message.method_num,
                "params": hex::encode(self.message.params.bytes()),
                "gas_limit": self.message.gas_limit,
                "gas_fee_cap": self.message.gas_fee_cap.atto().to_string(),
                "gas_premium": self.message.gas_premium.atto().to_string(),
            },
            "exit_code": receipt.exit_code.value(),
            "return": hex::encode(receipt.return_data.bytes()),
            "return_codec": return_codec,
            "gas_used": receipt.gas_used,
            "events_root": receipt.events_root.map(|root| root.to_string()),
            "events": events.iter().map(event_json).collect::<Vec<_>>(),
            "fees": {
                "base_fee_burn": fees.base_fee_burn.0.to_string(),
                "over_estimation_burn": fees.over_estimation_burn.0.to_string(),
                "miner_tip": fees.miner_tip.0.to_string(),
                "penalty": fees.penalty.0.to_string(),
                "refund": fees.refund.0.to_string(),
            },
            "failure": failure.as_ref().map(ToString::to_string),
            "gas": gas,
        });
        if trace {
            shown["calls"] = self.story.calls.iter().map(call_json).collect();
        }
        shown
    }
}

fn show_exit(code: u32) -> String {
    match fvm_shared::error::ExitCode::new(code) {
        code if code.is_success() => "0".to_owned(),
        code => code.to_string(),
    }
}

fn show_value(value: &TokenAmount) -> String {
    if value.is_zero() {
        String::new()
    } else {
        format!(" with {}", amount::show(value))
    }
}

/// What data says, if it is CBOR, and its bytes.
fn show_data(codec: u64, data: &[u8]) -> String {
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

/// The bytes that a contract is given, or returns: it wraps them into CBOR, or not.
fn contract_bytes(codec: u64, data: &[u8]) -> Vec<u8> {
    match (codec, fvm_ipld_encoding::from_slice(data)) {
        (CBOR | DAG_CBOR, Ok(BytesDe(bytes))) => bytes,
        _ => data.to_vec(),
    }
}

/// What a contract answers, if that can be told in Solidity's terms.
fn show_answer(
    signature: Option<&Signature>,
    exit: ExitCode,
    codec: u64,
    data: &[u8],
) -> Option<String> {
    let bytes = contract_bytes(codec, data);
    if exit.is_success() {
        signature?.show_return(&bytes)
    } else {
        abi::show_revert(&bytes)
    }
}

fn show_hex(data: &[u8]) -> String {
    const LONG: usize = 64;
    match data.get(..LONG) {
        Some(head) if data.len() > LONG => {
            format!("0x{}... ({} bytes)", hex::encode(head), data.len())
        }
        _ => format!("0x{}", hex::encode(data)),
    }
}

fn show_event(names: &Names, event: &StampedEvent) -> String {
    let entries = event
        .event
        .entries
        .iter()
        .map(|entry| format!("{}={}", entry.key, show_data(entry.codec, &entry.value)));
    format!(
        "{}: {}",
        names.actor(event.emitter),
        entries.collect::<Vec<_>>().join(", ")
    )
}

fn print_gas(story: &Story, out: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 8;
    let mut causes: Vec<_> = story
        .gas
        .iter()
        .filter(|(_, spent)| !spent.gas.is_zero())
        .collect();
    // The largest first; equal ones by name, so that the order is always the same.
    causes.sort_by(|(a, x), (b, y)| y.gas.cmp(&x.gas).then(a.cmp(b)));
    let rest = causes.split_off(causes.len().min(SHOWN));
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

fn print_fees(fees: &Fees, out: &mut dyn Write) -> io::Result<()> {
    let parts = [
        ("burnt", fees.base_fee_burn),
        ("burnt for asking too much gas", fees.over_estimation_burn),
        ("tip", fees.miner_tip),
        ("penalty", fees.penalty),
    ];
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(_, part)| part.0 > 0)
        .map(|(name, part)| format!("{} {name}", amount::show(&part.to_token())))
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(out, "  fees      {}", shown.join(", "))
}

fn print_call(names: &Names, call: &Call, depth: usize, out: &mut dyn Write) -> io::Result<()> {
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
        let shown = asked.unwrap_or_else(|| show_block(params));
        writeln!(out, "{indent}  {FAINT}in{FAINT:#}  {shown}")?;
    }
    for words in &call.said {
        writeln!(out, "{indent}  {FAINT}log{FAINT:#} {words}")?;
    }
    for call in &call.calls {
        print_call(names, call, depth + 1, out)?;
    }
    if let Some(End::Returned(code, Some(data))) = &call.end {
        let answer = match call.method {
            INVOKE_CONTRACT => show_answer(signature, *code, data.codec, &data.data),
            _ => None,
        };
        let shown = answer.unwrap_or_else(|| show_block(data));
        writeln!(out, "{indent}  {FAINT}out{FAINT:#} {shown}")?;
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

fn event_json(event: &StampedEvent) -> Value {
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

fn call_json(call: &Call) -> Value {
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
        "calls": call.calls.iter().map(call_json).collect::<Vec<_>>(),
    })
}

/// A number in groups of three digits.
fn group(number: u64) -> String {
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
