//! A story from the execution trace of a node, in Lotus' form.

use anyhow::{Context, Result};
use atoll_vm::Block;
use atoll_vm::gas::Gas;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde::Deserialize;

use super::{Call, End, Story, add};
use crate::exec::input::parse_address;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trace {
    msg: Sent,
    msg_rct: Answered,
    invoked_actor: Option<Invoked>,
    gas_charges: Option<Vec<Charge>>,
    subcalls: Option<Vec<Trace>>,
    #[serde(default)]
    logs: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    from: String,
    to: String,
    value: String,
    method: u64,
    params: Option<String>,
    #[serde(default)]
    params_codec: u64,
    #[serde(default)]
    read_only: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    exit_code: u32,
    #[serde(rename = "Return")]
    returned: Option<String>,
    #[serde(default)]
    return_codec: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Invoked {
    id: u64,
    state: InvokedState,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InvokedState {
    code: Link,
    #[serde(default)]
    delegated_address: Option<String>,
}

/// A CID in JSON.
#[derive(Deserialize)]
pub struct Link {
    #[serde(rename = "/")]
    cid: String,
}

#[derive(Deserialize)]
struct Charge {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "tg")]
    total: i64,
}

impl Link {
    /// The CID itself.
    pub fn cid(&self) -> Result<Cid> {
        self.cid
            .parse()
            .with_context(|| format!("{:?} is no CID", self.cid))
    }
}

/// A story, and the delegated addresses of the actors in it.
pub type Told = (Story, Vec<(u64, Address)>);

/// Reads a node's execution trace; `null` if the message was not run.
pub fn read(trace: &serde_json::Value) -> Result<Told> {
    let mut told = Told::default();
    // A trace nests a level for every call, and calls nest a thousand deep.
    let trace: Option<Trace> = Option::deserialize(trace).context("the node's execution trace")?;
    if let Some(trace) = trace {
        let call = call(trace, &mut told).context("the node's execution trace")?;
        told.0.calls.push(call);
    }
    Ok(told)
}

fn call(trace: Trace, told: &mut Told) -> Result<Call> {
    let callee = match &trace.invoked_actor {
        Some(Invoked { id, state }) => {
            if let Some(address) = &state.delegated_address {
                told.1.push((*id, parse_address(address)?));
            }
            Some((*id, state.code.cid()?))
        }
        None => None,
    };
    let from = parse_address(&trace.msg.from)?;
    let value: BigInt = trace.msg.value.parse().context("a value")?;
    let returned = block(
        trace.msg_rct.returned.as_deref(),
        trace.msg_rct.return_codec,
    )?;
    let mut shown = Call {
        // The first message may name its sender by another address than the id.
        from: from.id().unwrap_or_default(),
        to: parse_address(&trace.msg.to)?,
        callee,
        method: trace.msg.method,
        params: block(trace.msg.params.as_deref(), trace.msg.params_codec)?,
        value: TokenAmount::from_atto(value),
        read_only: trace.msg.read_only,
        gas: Gas::ZERO,
        own: Default::default(),
        said: trace.logs.unwrap_or_default(),
        events: Vec::new(),
        calls: Vec::new(),
        end: Some(End::Returned(
            ExitCode::new(trace.msg_rct.exit_code),
            returned,
        )),
    };
    for charge in trace.gas_charges.unwrap_or_default() {
        // Negative where gas was given back, which only tests of network version 16 do.
        let gas = Gas::new(u64::try_from(charge.total).unwrap_or_default());
        shown.gas += gas;
        add(&mut told.0.gas, charge.name.clone(), gas);
        add(&mut shown.own, charge.name, gas);
    }
    for subcall in trace.subcalls.unwrap_or_default() {
        let subcall = call(subcall, told)?;
        shown.gas += subcall.gas;
        shown.calls.push(subcall);
    }
    Ok(shown)
}

fn block(base64: Option<&str>, codec: u64) -> Result<Option<Block>> {
    let Some(text) = base64.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let data = STANDARD.decode(text).context("base64")?;
    Ok(Some(Block::new(codec, data, Vec::new())))
}
