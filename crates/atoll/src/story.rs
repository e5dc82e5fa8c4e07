//! What happened while a message ran: the tree of calls, events, and the causes of gas, put
//! together from a machine's trace, or from that of a node.

pub mod flame;
pub mod names;
pub mod remote;
pub mod show;

use std::collections::{BTreeMap, VecDeque};

use atoll_vm::gas::Gas;
use atoll_vm::trace::TraceEvent;
use atoll_vm::{Block, Refusal};
use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::event::StampedEvent;
use fvm_shared::{ActorID, MethodNum};

/// What happened while a message ran.
#[derive(Debug, Default)]
pub struct Story {
    /// The calls from outside: one, unless the message was not run.
    pub calls: Vec<Call>,
    /// Gas by what it was charged for.
    pub gas: BTreeMap<String, Spent>,
    /// The part of it that was charged outside of all calls: for the message itself.
    pub outside: BTreeMap<String, Spent>,
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
    /// The part of it that was spent in the call itself, by what it was charged for.
    pub own: BTreeMap<String, Spent>,
    /// What actors said on the way.
    pub said: Vec<String>,
    /// What it emitted.
    pub events: Vec<StampedEvent>,
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
                    let (gas, name) = (charge.total(), charge.name.into_owned());
                    add(&mut story.gas, name.clone(), gas);
                    match open.last_mut() {
                        Some(call) => {
                            call.gas += gas;
                            add(&mut call.own, name, gas);
                        }
                        None => add(&mut story.outside, name, gas),
                    }
                }
                TraceEvent::Call(call) => {
                    open.push(Call {
                        from: call.from,
                        to: call.to,
                        callee: None,
                        method: call.method,
                        params: call.params,
                        value: call.value,
                        read_only: call.read_only,
                        gas: Gas::ZERO,
                        own: BTreeMap::new(),
                        said: Vec::new(),
                        events: Vec::new(),
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
                TraceEvent::Ipld { .. } | TraceEvent::Root(_) => {}
            }
        }
        while !open.is_empty() {
            story.close(&mut open, None);
        }
        story
    }

    /// Puts every event that stayed into the call that emitted it.
    ///
    /// A trace tells how many events a call emitted, not which. An actor's events are in order,
    /// so they are dealt out to its calls in order; only if it emits again after it was called
    /// back do two of its calls swap some.
    pub fn place(&mut self, events: Vec<StampedEvent>) {
        let mut waiting: BTreeMap<ActorID, VecDeque<StampedEvent>> = BTreeMap::new();
        for event in events {
            waiting.entry(event.emitter).or_default().push_back(event);
        }
        for call in &mut self.calls {
            call.place(&mut waiting);
        }
    }

    /// The events that stayed, call by call.
    pub fn events(&self) -> impl Iterator<Item = &StampedEvent> {
        let mut waiting: Vec<&Call> = self.calls.iter().rev().collect();
        std::iter::from_fn(move || {
            let call = waiting.pop()?;
            waiting.extend(call.calls.iter().rev());
            Some(&call.events)
        })
        .flatten()
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

/// What is charged once for every event: the first by network versions 18 to 20.
const EVENT_CHARGES: [&str; 2] = ["OnActorEventAccept", "OnActorEvent"];

impl Call {
    /// Did it end well? If not, nothing that happened in it stays.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        matches!(&self.end, Some(End::Returned(code, _)) if code.is_success())
    }

    fn place(&mut self, waiting: &mut BTreeMap<ActorID, VecDeque<StampedEvent>>) {
        if !self.succeeded() {
            return;
        }
        let charges = EVENT_CHARGES.map(|name| self.own.get(name).map_or(0, |spent| spent.charges));
        let emitted: u64 = charges.iter().sum();
        if let Some(events) = self.callee.and_then(|(id, _)| waiting.get_mut(&id)) {
            let count = usize::try_from(emitted).unwrap_or(usize::MAX);
            self.events.extend(events.drain(..count.min(events.len())));
        }
        for call in &mut self.calls {
            call.place(waiting);
        }
    }
}

/// Adds a charge to those of its name.
fn add(causes: &mut BTreeMap<String, Spent>, name: String, gas: Gas) {
    let spent = causes.entry(name).or_default();
    spent.charges += 1;
    spent.gas += gas;
}
