//! The tree of a message's calls, as actors made them.

use atoll_actors::evm::EthAddress;
use atoll_vm::gas::Gas;
use atoll_vm::trace::TraceEvent;
use atoll_vm::{Block, Refusal};
use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, MethodNum};

/// A call, and the calls made from it.
pub(super) struct Call {
    pub(super) from: ActorID,
    /// The address as the caller gave it.
    pub(super) to: Address,
    pub(super) callee: Option<Callee>,
    pub(super) method: MethodNum,
    pub(super) params: Vec<u8>,
    pub(super) params_codec: u64,
    pub(super) value: TokenAmount,
    pub(super) read_only: bool,
    pub(super) gas_limit: u64,
    pub(super) gas_used: Gas,
    pub(super) calls: Vec<Call>,
    pub(super) end: End,
}

/// Whom a call reached.
pub(super) struct Callee {
    pub(super) id: ActorID,
    pub(super) code: Cid,
    pub(super) address: EthAddress,
}

impl Call {
    /// Whom it was for, as contracts know them; also if nobody is there. `None`: contracts have no
    /// name for such an address.
    pub(super) fn receiver(&self) -> Option<EthAddress> {
        match &self.callee {
            Some(callee) => Some(callee.address),
            None => EthAddress::from_delegated(&self.to)
                .or_else(|| self.to.id().ok().map(EthAddress::from_id)),
        }
    }
}

/// How a call ended.
pub(super) enum End {
    Returned(ExitCode, Option<Block>),
    Refused(Refusal),
    /// With the message.
    Cut,
}

/// Reads a trace: the calls from outside, one as a rule.
pub(super) fn read(trace: &[TraceEvent]) -> Vec<Call> {
    let mut done = Vec::new();
    let mut open: Vec<Call> = Vec::new();
    for event in trace {
        match event {
            TraceEvent::Charge(charge) => {
                if let Some(call) = open.last_mut() {
                    call.gas_used += charge.total();
                }
            }
            TraceEvent::Call(call) => open.push(Call {
                from: call.from,
                to: call.to,
                callee: None,
                method: call.method,
                params: call
                    .params
                    .as_ref()
                    .map_or(Vec::new(), |block| block.data.to_vec()),
                params_codec: call.params.as_ref().map_or(0, |block| block.codec),
                value: call.value.clone(),
                read_only: call.read_only,
                gas_limit: call.gas_limit,
                gas_used: Gas::ZERO,
                calls: Vec::new(),
                end: End::Cut,
            }),
            TraceEvent::Invoke { id, actor } => {
                if let Some(call) = open.last_mut() {
                    let delegated = actor.delegated_address.as_ref();
                    let address = delegated.and_then(EthAddress::from_delegated);
                    call.callee = Some(Callee {
                        id: *id,
                        code: actor.code,
                        address: address.unwrap_or_else(|| EthAddress::from_id(*id)),
                    });
                }
            }
            TraceEvent::Return { code, data } => {
                close(&mut open, &mut done, End::Returned(*code, data.clone()));
            }
            TraceEvent::Refused(refusal) => {
                close(&mut open, &mut done, End::Refused(refusal.clone()))
            }
            TraceEvent::Ipld { .. } | TraceEvent::Root(_) | TraceEvent::Log(_) => {}
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut done, End::Cut);
    }
    done
}

fn close(open: &mut Vec<Call>, done: &mut Vec<Call>, end: End) {
    let Some(mut call) = open.pop() else { return };
    call.end = end;
    match open.last_mut() {
        Some(caller) => {
            caller.gas_used += call.gas_used;
            caller.calls.push(call);
        }
        None => done.push(call),
    }
}
