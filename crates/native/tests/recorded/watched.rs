//! What an inspector sees is what happened.

use std::path::Path;
use std::sync::{Arc, Mutex};

use atoll_actors::ActorKind;
use atoll_actors::inspector::{Block, Called, Callee, Charge, Inspector};
use atoll_testkit::genesis::VECTORS;
use atoll_vm::trace::TraceEvent;
use cid::Cid;
use fvm_shared::error::{ErrorNumber, ExitCode};

use super::scenario;

#[derive(Default)]
struct Recorder(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// What the machine says, a line each.
    lines: Vec<String>,
    roots: Vec<Cid>,
    written: Vec<Cid>,
    bytes_read: usize,
    kinds: Vec<ActorKind>,
}

impl Recorder {
    fn say(&self, line: String) {
        self.0.lock().expect("no panic").lines.push(line);
    }
}

impl Inspector for Recorder {
    fn called(&self, call: &Called<'_>) {
        let Called {
            from,
            to,
            method,
            value,
            gas_limit,
            ..
        } = call;
        self.say(format!("{from} {to} {method} {value} {gas_limit}"));
    }

    fn found(&self, callee: &Callee<'_>) {
        let kind = callee.kind.expect("all are native");
        self.0.lock().expect("no panic").kinds.push(kind);
        self.say(format!("{} {}", callee.id, callee.code));
    }

    fn answered(&self, code: ExitCode, data: Option<Block<'_>>) {
        self.say(format!("{code} {:?}", data.map(|block| block.data)));
    }

    fn refused(&self, number: ErrorNumber, words: &str) {
        self.say(format!("{number:?} {words}"));
    }

    fn charged(&self, charge: &Charge<'_>) {
        let milligas = charge.compute_milligas + charge.other_milligas;
        self.say(format!("{} {milligas}", charge.cause));
    }

    fn block_read(&self, _: &Cid, size: usize) {
        self.0.lock().expect("no panic").bytes_read += size;
    }

    fn block_written(&self, cid: &Cid, _: usize) {
        self.0.lock().expect("no panic").written.push(*cid);
    }

    fn root_set(&self, root: &Cid) {
        self.0.lock().expect("no panic").roots.push(*root);
        self.say(format!("{root}"));
    }
}

/// The same lines, by the trace that is kept.
fn line_of(event: &TraceEvent) -> String {
    match event {
        TraceEvent::Charge(charge) => format!("{} {}", charge.name, charge.total().milligas()),
        TraceEvent::Call(call) => format!(
            "{} {} {} {} {}",
            call.from, call.to, call.method, call.value, call.gas_limit
        ),
        TraceEvent::Invoke { id, actor } => format!("{id} {}", actor.code),
        TraceEvent::Return { code, data } => {
            format!("{code} {:?}", data.as_ref().map(|block| &*block.data))
        }
        TraceEvent::Refused(refusal) => format!("{:?} {}", refusal.number, refusal.words),
        TraceEvent::Root(root) => format!("{root}"),
        TraceEvent::Ipld { .. } | TraceEvent::Log(_) => panic!("no native actor: {event:?}"),
    }
}

/// Deployments, transfers and failures, contracts that create contracts through the address manager
/// and init, and contracts that call other actors: the inspector is told what the trace keeps, in
/// its order, and every new state is a block that was written.
#[test]
fn all_that_happens() {
    for (scenario, kinds) in [
        ("erc20", &[ActorKind::Evm, ActorKind::Eam][..]),
        (
            "create_nested",
            &[ActorKind::Evm, ActorKind::Eam, ActorKind::Init],
        ),
        ("fp_call_actor", &[ActorKind::Evm, ActorKind::Account]),
    ] {
        let recorder = Arc::new(Recorder::default());
        let path = format!("{VECTORS}/fevm/{scenario}.json");
        let mut traced = Vec::new();
        scenario::replay_observed(Path::new(&path), Some(recorder.clone()), |_, applied| {
            traced.extend(applied.trace.iter().map(line_of));
        });
        let seen = recorder.0.lock().expect("no panic");
        assert!(traced.len() > 50, "{scenario}: only {traced:?}");
        assert_eq!(seen.lines, traced, "{scenario}");
        assert!(!seen.roots.is_empty() && seen.bytes_read > 0);
        assert!(seen.roots.iter().all(|root| seen.written.contains(root)));
        for kind in kinds {
            assert!(seen.kinds.contains(kind), "{scenario}: no call of {kind:?}");
        }
    }
}
