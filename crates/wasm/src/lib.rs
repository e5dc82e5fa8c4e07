//! Runs Wasm actors: validates, meters, compiles, caches and executes them behind
//! [`Runner`](atoll_vm::Runner).
//!
//! Start at [`WasmRunner`]: it finds a module's machine code in the [`Engine`], gives it an
//! instance with the kernel inside, and calls it. What the instance calls in turn is in `bind`,
//! one file a module of the ABI. The [`instrument`]ation that makes a module meter itself stands
//! alone.
//!
//! This crate knows nothing of what prices mean or how state is laid out.

mod bind;
pub mod engine;
pub mod instrument;
mod runner;

pub use engine::{Engine, EngineSettings, Metering, PrepareError};
pub use runner::WasmRunner;
