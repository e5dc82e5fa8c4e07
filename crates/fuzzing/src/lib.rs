//! What the fuzz targets check. libFuzzer calls these in `fuzz/`; `tests/smoke.rs` calls the same
//! with a fixed number of inputs, so that CI needs neither a nightly compiler nor a clock.
//!
//! A target takes bytes, makes of them something that a stranger could hand to the machine, and
//! panics if a promise is broken: a crash, two runs that differ, funds out of nothing, a failed
//! message that left something behind. [`TARGETS`] lists them.

mod bundle;
mod car;
mod instrument;
mod json;
mod message;
mod module;
mod promises;
mod syscalls;

pub use bundle::bundle;
pub use car::car;
pub use instrument::instrument;
pub use json::json;
pub use message::message;
pub use module::module;
pub use syscalls::syscalls;

/// How far an input came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was turned away at the door.
    Door,
    /// It was read, or ran.
    Inside,
}

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is also that of its folder of seeds.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]) -> Reached,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "bundle",
        run: bundle,
    },
    Target {
        name: "car",
        run: car,
    },
    Target {
        name: "instrument",
        run: instrument,
    },
    Target {
        name: "json",
        run: json,
    },
    Target {
        name: "message",
        run: message,
    },
    Target {
        name: "module",
        run: module,
    },
    Target {
        name: "syscalls",
        run: syscalls,
    },
];
