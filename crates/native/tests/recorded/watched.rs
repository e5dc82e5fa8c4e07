//! What an inspector sees is what happened.

use std::path::Path;
use std::sync::{Arc, Mutex};

use atoll_actors::evm::Inspector;
use atoll_actors::evm::inspector::Step;
use atoll_testkit::genesis::VECTORS;
use atoll_vm::Gas;
use atoll_vm::trace::TraceEvent;
use cid::Cid;

use super::scenario;

#[derive(Default)]
struct Recorder(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    charges: Vec<(&'static str, u64)>,
    roots: Vec<Cid>,
    written: Vec<Cid>,
    bytes_read: usize,
}

impl Inspector for Recorder {
    fn step(&self, _: &Step<'_>) {}

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
