//! The tree of a message's calls, in Lotus' form.

use atoll_vm::gas::Gas;
use atoll_vm::trace::{BlockAccess, TraceEvent};
use fvm_shared::address::Address as FilecoinAddress;
use serde::Serialize;

use crate::forms::filecoin::{Address, Base64, BigDecimal, Cid};
use crate::methods::filecoin::state::{ActorForm, actor_form};

/// A call, and the calls made from it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Call {
    msg: Sent,
    msg_rct: Answered,
    invoked_actor: Option<Invoked>,
    gas_charges: Vec<Charge>,
    subcalls: Vec<Call>,
    logs: Vec<String>,
    ipld_ops: Vec<Access>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    from: Address,
    to: Address,
    value: BigDecimal,
    method: u64,
    params: Option<Base64>,
    params_codec: u64,
    gas_limit: u64,
    read_only: bool,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answered {
    exit_code: u32,
    #[serde(rename = "Return")]
    returned: Option<Base64>,
    return_codec: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Invoked {
    id: u64,
    state: ActorForm,
}

#[derive(Serialize)]
struct Charge {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "tg")]
    total: u64,
    #[serde(rename = "cg")]
    compute: u64,
    #[serde(rename = "sg")]
    storage: u64,
    #[serde(rename = "tt")]
    time: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Access {
    op: &'static str,
    cid: Cid,
    size: usize,
}

/// Reads a trace. `None`: the message made no call.
pub(super) fn read(trace: &[TraceEvent]) -> Option<Call> {
    let mut open: Vec<Call> = Vec::new();
    let mut done = None;
    // What is charged before the first call, such as the message's inclusion, belongs to it.
    let mut before = Vec::new();
    for event in trace {
        match event {
            TraceEvent::Charge(charge) => {
                let total = charge.total();
                let charge = Charge {
                    name: charge.name.to_string(),
                    total: whole(total),
                    compute: whole(total),
                    storage: 0,
                    time: 0,
                };
                match open.last_mut() {
                    Some(call) => call.gas_charges.push(charge),
                    None => before.push(charge),
                }
            }
            TraceEvent::Call(call) => open.push(Call {
                msg: Sent {
                    from: Address(FilecoinAddress::new_id(call.from)),
                    to: Address(call.to),
                    value: (&call.value).into(),
                    method: call.method,
                    params: call
                        .params
                        .as_ref()
                        .map(|block| Base64(block.data.to_vec())),
                    params_codec: call.params.as_ref().map_or(0, |block| block.codec),
                    gas_limit: call.gas_limit,
                    read_only: call.read_only,
                },
                msg_rct: Answered::default(),
                invoked_actor: None,
                gas_charges: std::mem::take(&mut before),
                subcalls: Vec::new(),
                logs: Vec::new(),
                ipld_ops: Vec::new(),
            }),
            TraceEvent::Invoke { id, actor } => {
                if let Some(call) = open.last_mut() {
                    call.invoked_actor = Some(Invoked {
                        id: *id,
                        state: actor_form(actor),
                    });
                }
            }
            TraceEvent::Return { code, data } => {
                let answered = Answered {
                    exit_code: code.value(),
                    returned: data.as_ref().map(|block| Base64(block.data.to_vec())),
                    return_codec: data.as_ref().map_or(0, |block| block.codec),
                };
                close(&mut open, &mut done, answered);
            }
            TraceEvent::Refused(_) => {
                // Lotus has no place for a call that never was; it shows a fault of the system.
                let answered = Answered {
                    exit_code: fvm_shared::error::ExitCode::SYS_ASSERTION_FAILED.value(),
                    ..Answered::default()
                };
                close(&mut open, &mut done, answered);
            }
            TraceEvent::Ipld { access, cid, size } => {
                if let Some(call) = open.last_mut() {
                    call.ipld_ops.push(Access {
                        op: match access {
                            BlockAccess::Read => "Get",
                            BlockAccess::Write => "Put",
                        },
                        cid: Cid(*cid),
                        size: *size,
                    });
                }
            }
            // Lotus shows none.
            TraceEvent::Root(_) => {}
            TraceEvent::Log(words) => {
                if let Some(call) = open.last_mut() {
                    call.logs.push(words.clone());
                }
            }
        }
    }
    while !open.is_empty() {
        let answered = Answered {
            exit_code: fvm_shared::error::ExitCode::SYS_OUT_OF_GAS.value(),
            ..Answered::default()
        };
        close(&mut open, &mut done, answered);
    }
    done
}

/// Lotus prints charges in whole gas.
fn whole(gas: Gas) -> u64 {
    gas.round_up()
}

fn close(open: &mut Vec<Call>, done: &mut Option<Call>, answered: Answered) {
    let Some(mut call) = open.pop() else { return };
    call.msg_rct = answered;
    match open.last_mut() {
        Some(caller) => caller.subcalls.push(call),
        None => *done = done.take().or(Some(call)),
    }
}
