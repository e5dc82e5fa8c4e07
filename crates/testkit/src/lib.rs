//! What the tests of several crates share: chains that answer, states to start from, actors in
//! WAT, and ways to play them. Only tests, fuzz targets and benchmarks depend on it.
//!
//! Start at [`rule`] for a message to a small actor, at [`machine`] for many of them, and at
//! [`genesis`] for the state that the vectors were recorded on. What needs Wasmtime is behind the
//! feature `wasm`.
#![allow(
    missing_docs,
    reason = "whoever reads a field here has a test open beside it"
)]

pub mod car;
pub mod chain;
pub mod genesis;

#[cfg(feature = "wasm")]
pub mod differential;
#[cfg(feature = "wasm")]
pub mod files;
#[cfg(feature = "wasm")]
pub mod generate;
#[cfg(feature = "wasm")]
pub mod hostile;
#[cfg(feature = "wasm")]
pub mod machine;
#[cfg(feature = "wasm")]
pub mod oracle;
#[cfg(feature = "wasm")]
pub mod play;
#[cfg(feature = "wasm")]
pub mod rule;
#[cfg(feature = "wasm")]
pub mod world;
