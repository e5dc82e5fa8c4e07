//! The tree of calls and the causes of gas, put together from a machine's trace.

use std::collections::BTreeMap;

use atoll_vm::gas::Gas;
use atoll_vm::trace::TraceEvent;
use atoll_vm::{Block, Refusal};
use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, MethodNum};

/// What happened while a message ran.
#[derive(Debug, Default)]
pub struct Story {
    /// The calls from outside: one, unless the message was not run.
    pub calls: Vec<Call>,
    /// Gas by what it was charged for.
    pub gas: BTreeMap<String, Spent>,
}

/// Gas spent on one thing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// How many charges.
    pub charges: u64,
    /// How much altogether.
    pub gas: Gas,
}

/// A call, and the calls made from it.
#[derive(Debug)]
pub struct Call {
    /// The caller.
    pub from: ActorID,
    /// The address as the caller gave it.
    pub to: Address,
    /// The callee and its code, if it was found.
    pub callee: Option<(ActorID, Cid)>,
    /// The method.
    pub method: MethodNum,
    /// The parameters.
    pub params: Option<Block>,
    /// What goes along.
    pub value: TokenAmount,
    /// May the call change anything?
    pub read_only: bool,
    /// Gas spent in it and in what it called.
    pub gas: Gas,
    /// What actors said on the way.
    pub said: Vec<String>,
    /// The calls made from it.
    pub calls: Vec<Call>,
    /// How it ended; `None` if the message ended first.
    pub end: Option<End>,
}

/// How a call ended.
#[derive(Debug)]
pub enum End {
    /// With an exit code and an answer.
    Returned(ExitCode, Option<Block>),
    /// It could not be made, or was ended from outside.
    Refused(Refusal),
}

impl Story {
    /// Reads a trace.
    #[must_use]
    pub fn read(trace: Vec<TraceEvent>) -> Self {
        let mut story = Self::default();
        let mut open: Vec<Call> = Vec::new();
        for event in trace {
            match event {
                TraceEvent::Charge(charge) => {
                    let gas = charge.total();
                    let spent = story.gas.entry(charge.name.into_owned()).or_default();
                    spent.charges += 1;
                    spent.gas += gas;
                    if let Some(call) = open.last_mut() {
                        call.gas += gas;
                    }
                }
                TraceEvent::Call {
                    from,
                    to,
                    method,
                    params,
                    value,
                    read_only,
                    ..
                } => {
                    open.push(Call {
                        from,
                        to,
                        callee: None,
                        method,
                        params,
                        value,
                        read_only,
                        gas: Gas::ZERO,
                        said: Vec::new(),
                        calls: Vec::new(),
                        end: None,
                    });
                }
                TraceEvent::Invoke { id, actor } => {
                    if let Some(call) = open.last_mut() {
                        call.callee = Some((id, actor.code));
                    }
                }
                TraceEvent::Return { code, data } => {
                    story.close(&mut open, Some(End::Returned(code, data)));
                }
                TraceEvent::Refused(refusal) => {
                    story.close(&mut open, Some(End::Refused(refusal)));
                }
                TraceEvent::Log(words) => {
                    if let Some(call) = open.last_mut() {
                        call.said.push(words);
                    }
                }
                TraceEvent::Ipld { .. } => {}
            }
        }
        while !open.is_empty() {
            story.close(&mut open, None);
        }
        story
    }

    fn close(&mut self, open: &mut Vec<Call>, end: Option<End>) {
        let Some(mut call) = open.pop() else { return };
        call.end = end;
        match open.last_mut() {
            Some(caller) => {
                caller.gas += call.gas;
                caller.calls.push(call);
            }
            None => self.calls.push(call),
        }
    }
}
