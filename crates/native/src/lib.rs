//! Runs the native actors on the machine: [`NativeRunner`] is a `Runner` of `atoll-vm`, and what
//! its actors see is a `Runtime` of `atoll-actors` over the machine's kernel.
//!
//! It is a crate of its own because neither of the two may know the other: `vm` must run any
//! actor, and an actor must not learn how the kernel works. Here is the one place where they meet.
//!
//! This crate knows no actor by name, and nothing of chain or RPC.

pub mod codes;
pub mod runner;
mod runtime;
mod store;

pub use runner::{NativeRunner, SharedInspector};
