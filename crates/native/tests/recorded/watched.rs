//! What an inspector sees is what happened.

use std::path::Path;
use std::sync::{Arc, Mutex};

use atoll_actors::ActorKind;
use atoll_actors::evm::Inspector;
use atoll_actors::evm::inspector::{Entered, Step};
use atoll_testkit::genesis::VECTORS;
use atoll_vm::Gas;
use atoll_vm::trace::TraceEvent;
use cid::Cid;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, METHOD_SEND, MethodNum};

use super::scenario;

#[derive(Default)]
struct Recorder(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    charges: Vec<(&'static str, u64)>,
    roots: Vec<Cid>,
    written: Vec<Cid>,
    bytes_read: usize,
    /// Every call, with how many were under way.
    calls: Vec<(usize, ActorID, MethodNum)>,
    exits: Vec<ExitCode>,
    kinds: Vec<ActorKind>,
    /// The calls under way, and whether a trace has them.
    under_way: Vec<bool>,
}

impl Inspector for Recorder {
    fn step(&self, _: &Step<'_>) {}

    fn entered(&self, call: &Entered<'_>) {
        let mut seen = self.0.lock().expect("no panic");
        // The machine itself constructs the account of a key that receives something.
        let is_traced = (call.kind, call.message.method) != (ActorKind::Account, 1);
        if is_traced {
            let depth = seen.under_way.len();
            let message = call.message;
            seen.calls.push((depth, message.receiver, message.method));
        }
        seen.kinds.push(call.kind);
        seen.under_way.push(is_traced);
    }

    fn left(&self, code: ExitCode) {
        let mut seen = self.0.lock().expect("no panic");
        if seen.under_way.pop().expect("a call is under way") {
            seen.exits.push(code);
        }
    }

    fn charged(&self, cause: &'static str, gas: u64) {
        self.0.lock().expect("no panic").charges.push((cause, gas));
    }

    fn block_read(&self, _: &Cid, size: usize) {
        self.0.lock().expect("no panic").bytes_read += size;
    }

    fn block_written(&self, cid: &Cid, _: usize) {
        self.0.lock().expect("no panic").written.push(*cid);
    }

    fn root_set(&self, root: &Cid) {
        self.0.lock().expect("no panic").roots.push(*root);
    }
}

/// Deployments, transfers and failures: the charges are those of the trace, in its order, and
/// every new state is a block that was written.
#[test]
fn charges_and_states() {
    let recorder = Arc::new(Recorder::default());
    let path = format!("{VECTORS}/fevm/erc20.json");
    let mut traced = Vec::new();
    scenario::replay_observed(Path::new(&path), Some(recorder.clone()), |_, applied| {
        let charges = applied.trace.iter().filter_map(|event| match event {
            TraceEvent::Charge(charge) => Some((charge.name.to_string(), charge.total())),
            _ => None,
        });
        traced.extend(charges.filter(|(name, _)| name == "actor" || name.starts_with("evm")));
    });
    let seen = recorder.0.lock().expect("no panic");
    let charges: Vec<(String, Gas)> = seen
        .charges
        .iter()
        .map(|(cause, gas)| ((*cause).to_owned(), Gas::new(*gas)))
        .collect();
    assert!(charges.len() > 50, "only {} charges", charges.len());
    assert_eq!(charges, traced);
    assert!(!seen.roots.is_empty() && seen.bytes_read > 0);
    assert!(seen.roots.iter().all(|root| seen.written.contains(root)));
}

/// Contracts that create contracts, through the address manager and init, and contracts that call
/// other actors: every call that runs code is seen, nested as in the trace.
#[test]
fn calls_of_every_actor() {
    for (scenario, kinds) in [
        (
            "create_nested",
            &[ActorKind::Evm, ActorKind::Eam, ActorKind::Init][..],
        ),
        ("fp_call_actor", &[ActorKind::Evm, ActorKind::Account][..]),
    ] {
        let recorder = Arc::new(Recorder::default());
        let path = format!("{VECTORS}/fevm/{scenario}.json");
        let mut traced = Vec::new();
        let mut exits = Vec::new();
        scenario::replay_observed(Path::new(&path), Some(recorder.clone()), |_, applied| {
            // The method of each call that is under way, and whether it found its callee.
            let mut under_way: Vec<(MethodNum, bool)> = Vec::new();
            for event in &applied.trace {
                match event {
                    TraceEvent::Call { method, .. } => under_way.push((*method, false)),
                    TraceEvent::Invoke { id, .. } => {
                        let depth = under_way.len() - 1;
                        let (method, found) = under_way.last_mut().expect("a call is under way");
                        *found = true;
                        if *method != METHOD_SEND {
                            traced.push((depth, *id, *method));
                        }
                    }
                    TraceEvent::Return { code, .. } => {
                        let call = under_way.pop().expect("a call is under way");
                        if matches!(call, (method, true) if method != METHOD_SEND) {
                            exits.push(*code);
                        }
                    }
                    TraceEvent::Refused(_) => {
                        under_way.pop();
                    }
                    _ => {}
                }
            }
        });
        let seen = recorder.0.lock().expect("no panic");
        assert!(seen.calls.len() > 5, "only {} calls", seen.calls.len());
        assert_eq!(seen.calls, traced, "{scenario}");
        assert_eq!(seen.exits, exits, "{scenario}");
        assert!(seen.under_way.is_empty());
        for kind in kinds {
            assert!(seen.kinds.contains(kind), "{scenario}: no call of {kind:?}");
        }
    }
}
