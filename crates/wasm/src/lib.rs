//! Runs Wasm actors: validates, meters, compiles, caches and executes them behind `Runner`.
//!
//! This crate knows nothing of what prices mean or how state is laid out.

pub mod instrument;
