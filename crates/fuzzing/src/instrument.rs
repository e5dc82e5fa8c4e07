//! Metering.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use atoll_testkit::differential::{self, Compared};
use atoll_testkit::generate;
use wasmtime::Engine;

use crate::Reached;

static ENGINE: LazyLock<Engine> = LazyLock::new(differential::engine);

/// Generated modules under our instrumentation and the network's: whatever a host may observe
/// has to be the same.
pub fn instrument(data: &[u8]) -> Reached {
    let Ok(wasm) = generate::module(&mut Unstructured::new(data)) else {
        return Reached::Door;
    };
    match differential::compare(&ENGINE, &wasm, &differential::PRICES, 2_000_000) {
        Compared::Invalid | Compared::Refused => Reached::Door,
        Compared::Ran { .. } => Reached::Inside,
    }
}
