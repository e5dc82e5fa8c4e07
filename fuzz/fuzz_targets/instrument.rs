//! Generated modules under our instrumentation and the network's: whatever a host may observe
//! has to be the same.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasmtime::Engine;

mod common {
    #[path = "../../../crates/wasm/tests/common/differential.rs"]
    pub mod differential;
    #[path = "../../../crates/wasm/tests/common/generate.rs"]
    pub mod generate;
    #[path = "../../../crates/wasm/tests/common/oracle.rs"]
    pub mod oracle;
}

static ENGINE: LazyLock<Engine> = LazyLock::new(common::differential::engine);

fuzz_target!(|seed: &[u8]| {
    if let Ok(wasm) = common::generate::module(&mut Unstructured::new(seed)) {
        common::differential::compare(&ENGINE, &wasm, &common::differential::PRICES, 2_000_000);
    }
});
